/** A site on loopback, Chromium before it, and a real `edgewise serve` of another origin behind it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { edgewiseBinary } from "@edgewise/worker/local/binary";
import { startCollector } from "@edgewise/worker/local/collector";
import type { LocalCollector } from "@edgewise/worker/local/collector";
import type { EdgewiseEvent, ExposureEvent } from "edgewise";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page as Tab } from "playwright-core";
import type * as Sdk from "../src/index.js";
import { rulesetBytes } from "./document.js";

/** What the pages of the tests put into their global scope. */
export type Edgewise = typeof Sdk;

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const QUIET = ["--disable-component-update", "--disable-sync"];
const DIST = fileURLToPath(new URL("../", import.meta.url));
const TYPES: Record<string, string> = { ".js": "text/javascript", ".wasm": "application/wasm" };
const MODULE = '<!doctype html><title>test</title><body><script type="module" src="/test/pages/page.js"></script>';

/** How a page is served: its text, and the content security policy that it comes with. */
export interface Served {
  readonly html?: string;
  readonly policy?: string;
}

/** One for all tests of a file. */
let browser: Browser | undefined;
after(() => browser?.close());

export class Site {
  readonly folder = mkdtempSync(join(tmpdir(), "edgewise-browser-"));
  collector!: LocalCollector;
  #close: (() => Promise<void>)[] = [];
  #served: Served = {};
  #url = "";

  /** Starts a browser, the site and a collector that publishes this ruleset. */
  async start(ruleset: Uint8Array = rulesetBytes()): Promise<this> {
    this.publish(ruleset);
    this.collector = await startCollector(join(this.folder, "ruleset"), join(this.folder, "data"));
    browser ??= await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [...FLAGS, ...QUIET],
    });
    const server = createServer(({ url = "/" }, response) => {
      const path = new URL(url, "http://site").pathname;
      const type = TYPES[extname(path)];
      const { html = MODULE, policy } = this.#served;
      // A sandboxed page has another origin than its own site.
      if (type) response.writeHead(200, { "content-type": type, "access-control-allow-origin": "*" }).end(readFileSync(join(DIST, path)));
      else
        response
          .writeHead(200, { "content-type": "text/html", ...(policy && { "content-security-policy": policy }) })
          .end(html);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    this.#close = [
      async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
      () => this.#leave(),
    ];
    return this;
  }

  async stop(): Promise<void> {
    for (const close of this.#close.reverse()) await close();
    await this.collector.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Writes the ruleset that the collector publishes when it starts next. */
  publish(ruleset: Uint8Array): void {
    writeFileSync(join(this.folder, "ruleset"), ruleset);
  }

  /** Starts the collector again, at the same address. */
  async startCollector(): Promise<void> {
    const { host } = new URL(this.collector.url);
    this.collector = await startCollector(join(this.folder, "ruleset"), join(this.folder, "data"), host);
  }

  get rulesetUrl(): string {
    return `${this.collector.url}/v1/ruleset`;
  }

  get url(): string {
    return this.#url;
  }

  /** What pages are from now on. */
  serve(served: Served): void {
    this.#served = served;
  }

  visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    return browser!.newContext(options);
  }

  async #leave(): Promise<void> {
    for (const visitor of browser?.contexts() ?? []) await visitor.close();
  }

  /** Opens the page, at another address where there is something before the site, and waits for its script. */
  async open(visitor: BrowserContext, url = this.#url): Promise<Tab> {
    const tab = await visitor.newPage();
    tab.on("pageerror", (error) => process.stderr.write(`the page failed: ${error.stack ?? error.message}\n`));
    await tab.goto(url);
    await tab.waitForFunction(() => "edgewise" in globalThis);
    return tab;
  }

  /** The events that the collector has, in the order in which they came: sealed ones, too. */
  stored(): EdgewiseEvent[] {
    const args = ["events", "export", "--data", join(this.folder, "data")];
    const lines = execFileSync(edgewiseBinary(), args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const stored = lines.split("\n").filter((line) => line !== "");
    return stored.map((line) => (JSON.parse(line) as { event: EdgewiseEvent }).event);
  }

  exposures(): ExposureEvent[] {
    return this.stored().filter((event): event is ExposureEvent => event.type === "exposure");
  }
}

export async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end;) {
    if (await look()) return;
    await sleep(20);
  }
  throw new Error(`waited 10 s in vain for ${what}`);
}
