/** The same worker on other hosts, each started as the guide says. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { flags, post, until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, batchIn, ScriptedServer, servingRuleset } from "./server.js";

const WORKER = fileURLToPath(new URL("../../", import.meta.url));

/** The binary that an npm package brings for this machine; its own start-up script is not run by this workspace's npm. */
function packaged(name: string, path: string): string | undefined {
  try {
    const binary = join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

const HOSTS: Record<string, { program: string | undefined; args: string[] }> = {
  "Node.js": { program: process.execPath, args: ["hosts/node.mjs"] },
  Deno: {
    program: packaged("@deno/linux-x64-glibc", "deno"),
    args: ["run", "--allow-net", "--allow-env", "--allow-read", "hosts/deno.mjs"],
  },
  "a host of service-worker scripts": { program: process.execPath, args: ["hosts/edge-runtime.mjs"] },
  Bun: { program: packaged("@oven/bun-linux-x64", "bin/bun"), args: ["hosts/bun.mjs"] },
};

let control: ScriptedServer;
let collector: ScriptedServer;

before(async () => {
  control = await new ScriptedServer(servingRuleset(rulesetBytes(), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
});

after(async () => {
  await control.stop();
  await collector.stop();
});

/** Resolves with the address that the process says it listens at. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => {
        said.push(line);
        const url = /listening on (http:\S+)/.exec(line)?.[1];
        if (url) resolve(url.replace(/\/$/, ""));
      });
    }
    child.once("error", reject);
    child.once("close", () => reject(new Error(`it ended before it listened:\n${said.join("\n")}`)));
  });
}

for (const [host, { program, args }] of Object.entries(HOSTS)) {
  const skip = program === undefined && `there is no ${host} for this machine in node_modules`;
  test(`${host} answers, streams and ships as workerd does`, { skip }, async () => {
    collector.seen.length = 0;
    control.behaviour = servingRuleset(rulesetBytes(), '"one"');
    const variables = { CONTROL_URL: control.url, COLLECTOR_URL: collector.url, RULESET_REFRESH_SECONDS: "1", PORT: "0" };
    const child = spawn(program!, args, { cwd: WORKER, env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    try {
      const url = await listening(child);
      const user = userIn("treatment");
      const one = await post(flags(url, "checkout.color"), { context: { targetingKey: user, country: "IN" } });
      assert.deepEqual([one.status, ((await one.json()) as { value: unknown }).value], [200, "green"]);
      const explained = await post(`${url}/v1/assignments`, { context: { targetingKey: user, country: "IN" } });
      assert.equal(explained.status, 200);
      await until("the exposure", () => collector.seen.flatMap((seen) => batchIn(seen).events).some(({ units }) => units.user === user));

      const stream = await fetch(`${url}/ofrep/v1/stream`);
      const reader = stream.body!.getReader();
      const decoder = new TextDecoder();
      let text = "";
      control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
      while (!text.includes("refetchEvaluation")) text += decoder.decode((await reader.read()).value);
      await reader.cancel();
    } finally {
      child.kill("SIGTERM");
      await ended;
    }
  });
}
