/**
 * Sticky records in a signed cookie of the visitor's own: nothing to run, for pages and clients of the worker's own
 * site. Each record says by a fingerprint whose it is, because people share browsers.
 *
 * `<fingerprint>:<experiment>:<iteration>:<variant>:<epoch>/….<signature>`
 */
import type { StickyRecord } from "edgewise";
import { cookieOf, setCookie } from "../cookies.js";
import { isSigned, sign } from "../secrets.js";
import { unitKey } from "./key.js";
import type { Records, StickyStore, Units, Written } from "./records.js";
import { merged } from "./records.js";

const NAME = "edgewise_sticky";
const YEAR_SECONDS = 365 * 86_400;

/** Browsers take 4,096 bytes, the name, the attributes and the signature among them. */
const MOST_CHARACTERS = 3_800;

export class CookieStore implements StickyStore {
  constructor(private readonly secret: string) {}

  async read(units: Units, request: Request): Promise<Records> {
    const lines = await this.#lines(request);
    const read = Object.entries(units).map(async ([type, id]) => {
      const fingerprint = await fingerprintOf(type, id);
      return [type, lines.filter((line) => line.startsWith(`${fingerprint}:`)).flatMap(recordIn)] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  async write(units: Units, known: Records, fresh: Records, request: Request): Promise<Written> {
    const lines = new Set(await this.#lines(request));
    for (const [type, id] of Object.entries(units)) {
      const fingerprint = await fingerprintOf(type, id);
      for (const line of lines) if (line.startsWith(`${fingerprint}:`)) lines.delete(line);
      for (const record of merged(known[type] ?? [], fresh[type] ?? [])) lines.add(lineOf(fingerprint, record));
    }
    const kept = [...lines];
    // The oldest goes where there is no room: of an experiment that is over, as a rule.
    while (kept.join("/").length > MOST_CHARACTERS) kept.shift();
    const text = kept.join("/");
    const cookie = `${text}.${await sign(`edgewise sticky ${text}`, this.secret)}`;
    return { cookie: setCookie(NAME, cookie, YEAR_SECONDS, new URL(request.url)) };
  }

  /** The cookie's records, where this worker has signed them. */
  async #lines(request: Request): Promise<string[]> {
    const cookie = cookieOf(request, NAME) ?? "";
    const dot = cookie.lastIndexOf(".");
    const text = cookie.slice(0, Math.max(dot, 0));
    if (text === "" || !(await isSigned(`edgewise sticky ${text}`, cookie.slice(dot + 1), this.secret))) return [];
    return text.split("/");
  }
}

/** Long enough to tell the few people of one browser apart. */
async function fingerprintOf(type: string, id: string): Promise<string> {
  const key = await unitKey(type, id);
  return key.slice(key.lastIndexOf("/") + 1).slice(0, 12) + encodeURIComponent(type);
}

function lineOf(fingerprint: string, { experiment, iteration, variant, epoch }: StickyRecord): string {
  return [fingerprint, ...[experiment, `${iteration}`, variant, epoch].map(encodeURIComponent)].join(":");
}

function recordIn(line: string): StickyRecord[] {
  const [, experiment, iteration, variant, epoch] = line.split(":").map(decodeURIComponent);
  if (!experiment || !iteration || !variant || !epoch) return [];
  return [{ experiment, iteration: Number(iteration), variant, epoch }];
}
