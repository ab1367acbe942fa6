/** Choosing forced variants at the worker: who may, and what the cookies say then. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { forceToken } from "@edgewise/worker/force";
import { startWorker } from "@edgewise/worker/local/worker";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { post } from "./asking.js";
import { pagesRulesetBytes } from "./ruleset.js";
import { acknowledging, ScriptedServer, servingRuleset } from "./server.js";

const SECRET = "signing-0123456789abcdef";
const HOUR = 3600;

let control: ScriptedServer;
let collector: ScriptedServer;
let site: ScriptedServer;
let worker: LocalWorker;

before(async () => {
  control = await new ScriptedServer(servingRuleset(pagesRulesetBytes({ changed: { paths: ["/"] } }), '"one"')).start();
  collector = await new ScriptedServer(acknowledging).start();
  site = await new ScriptedServer(() => ({ status: 200, headers: { "content-type": "text/html" }, body: "<p>" })).start();
  const variables = { CONTROL_URL: control.url, COLLECTOR_URL: collector.url, ORIGIN_URL: site.url, SIGNING_SECRET: SECRET };
  worker = await startWorker(variables);
});

after(async () => {
  await worker.stop();
  for (const server of [control, collector, site]) await server.stop();
});

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const pass = (forced: Record<string, string> = {}, secret = SECRET, until = inSeconds(HOUR)): string => forceToken(forced, until, secret, true);

function choose(token: string | undefined, body: unknown, origin: string | undefined = worker.url): Promise<Response> {
  return post(`${worker.url}/_edgewise/v1/forced`, body, {
    ...(token !== undefined && { cookie: `edgewise_force=${token}` }),
    ...(origin !== undefined && { origin }),
  });
}

/** The values and the attributes of the answer's cookies. */
function cookies(response: Response): Map<string, { readonly value: string; readonly attributes: string[] }> {
  return new Map(
    response.headers.getSetCookie().map((cookie) => {
      const [pair = "", ...attributes] = cookie.split("; ");
      const at = pair.indexOf("=");
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes }] as const;
    }),
  );
}

const shownBy = (response: Response): unknown => JSON.parse(decodeURIComponent(cookies(response).get("edgewise_forced")?.value ?? "null"));

test("a link's cookies: a signed one that no script reads, and one that shows what it says", async () => {
  for (const [token, choose] of [
    [forceToken({ hero: "changed" }, inSeconds(HOUR), SECRET), undefined],
    [pass({ hero: "changed" }), "/_edgewise/v1/forced"],
  ] as const) {
    const response = await fetch(`${worker.url}/?edgewise_force=${token}`, { redirect: "manual" });
    assert.equal(response.status, 302);
    const { edgewise_force: signed, edgewise_forced: shown } = Object.fromEntries(cookies(response));
    assert.equal(signed?.value, token);
    assert.ok(signed?.attributes.includes("HttpOnly") && !shown?.attributes.includes("HttpOnly"));
    assert.deepEqual(shownBy(response), { forced: { hero: "changed" }, ...(choose && { choose }) });
    for (const { attributes } of [signed!, shown!]) {
      const seconds = Number(attributes.find((attribute) => attribute.startsWith("Max-Age="))?.slice("Max-Age=".length));
      assert.ok(seconds > HOUR - 60 && seconds <= HOUR, `${seconds}`);
    }
  }
  const off = await fetch(`${worker.url}/?edgewise_force=off`, { redirect: "manual" });
  for (const name of ["edgewise_force", "edgewise_forced"]) {
    assert.deepEqual([cookies(off).get(name)?.value, cookies(off).get(name)?.attributes.includes("Max-Age=0")], ["", true]);
  }
});

test("who holds a link that allows it chooses, for as long as the link lasts", async () => {
  const until = inSeconds(60);
  const token = pass({ other: "x" }, SECRET, until);
  const chosen = await choose(token, { experiment: "hero", variant: "changed" });
  assert.deepEqual([chosen.status, await chosen.json()], [200, { forced: { other: "x", hero: "changed" } }]);
  assert.deepEqual(shownBy(chosen), { forced: { other: "x", hero: "changed" }, choose: "/_edgewise/v1/forced" });
  const signed = cookies(chosen).get("edgewise_force");
  assert.equal(signed?.value, pass({ other: "x", hero: "changed" }, SECRET, until), "signed as the command does");
  assert.ok(signed!.attributes.some((attribute) => /^Max-Age=(60|5\d)$/.test(attribute)), signed!.attributes.join());
  const back = await choose(signed?.value, { experiment: "other", variant: null });
  assert.deepEqual(await back.json(), { forced: { hero: "changed" } });
});

test("nobody else does, and no other site's page in their name", async () => {
  const choice = { experiment: "hero", variant: "changed" };
  const refused: [token: string | undefined, origin: string | undefined][] = [
    [undefined, worker.url],
    [forceToken({ hero: "control" }, inSeconds(HOUR), SECRET), worker.url],
    [pass({}, "another-0123456789abcdef"), worker.url],
    [pass({}, SECRET, inSeconds(-1)), worker.url],
    [pass(), "https://elsewhere.example"],
    [pass(), "null"],
  ];
  for (const [token, origin] of refused) {
    const response = await choose(token, choice, origin);
    assert.deepEqual([response.status, response.headers.getSetCookie()], [403, []], `${origin} ${token}`);
  }
  const unsigned = await post(`${worker.url}/_edgewise/v1/forced`, choice, { cookie: `edgewise_force=${pass()}` });
  assert.equal(unsigned.status, 403, "without an origin");
});

test("what makes no choice is refused, and more than a cookie holds", async () => {
  for (const body of ["{", "7", "{}", '{"experiment":"hero"}', '{"experiment":7,"variant":null}', '{"experiment":"hero","variant":7}']) {
    assert.equal((await choose(pass(), body)).status, 400, body);
  }
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`experiment_${n}`, "treatment"]));
  assert.equal((await choose(pass(many), { experiment: "hero", variant: "changed" })).status, 413);
});
