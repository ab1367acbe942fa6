/** Who may ask, how often, and what tells clients to ask again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { LocalWorker } from "@edgewise/worker/local/worker";
import { startWorker } from "@edgewise/worker/local/worker";
import { flags, post, until } from "./asking.js";
import { rulesetBytes, userIn } from "./ruleset.js";
import { acknowledging, ScriptedServer, servingRuleset } from "./server.js";

const KEY = "reader-0123456789abcdef";
const OTHER_KEY = "second-0123456789abcdef";

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

/** Does something with a worker of these variables, and stops it. */
async function withWorker(variables: Record<string, string>, use: (worker: LocalWorker) => Promise<void>): Promise<void> {
  control.behaviour = servingRuleset(rulesetBytes(), '"one"');
  const worker = await startWorker({ CONTROL_URL: control.url, COLLECTOR_URL: collector.url, ...variables });
  try {
    await use(worker);
  } finally {
    await worker.stop();
  }
}

interface Bulk {
  readonly metadata: { readonly version: string };
  readonly eventStreams: { readonly type: string; readonly url: string }[];
}

const context = { targetingKey: userIn("treatment"), country: "IN" };

async function bulk(worker: LocalWorker, query = "", headers: Record<string, string> = {}): Promise<Response> {
  return post(`${flags(worker.url)}${query}`, { context }, headers);
}

test("with READ_KEYS only who shows one of them is answered, by either header", async () => {
  await withWorker({ READ_KEYS: `${KEY}, ${OTHER_KEY}` }, async (worker) => {
    const shown: [headers: Record<string, string>, status: number][] = [
      [{ authorization: `Bearer ${KEY}` }, 200],
      [{ authorization: `bearer ${OTHER_KEY}` }, 200],
      [{ "x-api-key": KEY }, 200],
      [{}, 401],
      [{ "x-api-key": "" }, 401],
      [{ "x-api-key": `${KEY}0` }, 401],
      [{ "x-api-key": KEY.slice(0, -1) }, 401],
      [{ authorization: `Basic ${KEY}` }, 401],
    ];
    for (const [headers, status] of shown) {
      for (const key of [undefined, "checkout.color"]) {
        const response = await post(flags(worker.url, key), { context }, headers);
        assert.equal(response.status, status, JSON.stringify(headers));
        if (status === 200) continue;
        const refusal = (await response.json()) as Record<string, string>;
        assert.deepEqual([refusal.key, refusal.errorCode], [key, "GENERAL"]);
        assert.match(refusal.errorDetails ?? "", /X-API-Key/);
        assert.equal(response.headers.get("www-authenticate"), "Bearer");
      }
    }
    assert.equal((await fetch(`${worker.url}/healthz`)).status, 200, "health is for everybody");
  });
});

test("a key that could be guessed is refused, and not repeated", async () => {
  await withWorker({ READ_KEYS: "hunter2" }, async (worker) => {
    const text = await (await bulk(worker)).text();
    assert.match(text, /READ_KEYS holds a key of fewer than 16 characters/);
    assert.ok(!text.includes("hunter2"));
  });
});

test("a client beyond its rate is told when to come back, and others are served", async () => {
  await withWorker({ RATE_LIMIT_PER_MINUTE: "3" }, async (worker) => {
    const ask = (client: string): Promise<Response> => bulk(worker, "", { "cf-connecting-ip": client });
    const statuses: number[] = [];
    for (let time = 0; time < 5; time++) statuses.push((await ask("192.0.2.1")).status);
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    const refused = await ask("192.0.2.1");
    const seconds = Number(refused.headers.get("retry-after"));
    assert.ok(seconds >= 1 && seconds <= 20, `${seconds}`);
    assert.equal(((await refused.json()) as Record<string, string>).errorCode, "GENERAL");
    const one = await post(flags(worker.url, "banner"), {}, { "cf-connecting-ip": "192.0.2.1" });
    assert.deepEqual([one.status, ((await one.json()) as Record<string, string>).key], [429, "banner"]);
    assert.equal((await ask("192.0.2.2")).status, 200);
    assert.equal((await fetch(`${worker.url}/healthz`, { headers: { "cf-connecting-ip": "192.0.2.1" } })).status, 200);
  });
});

test("a client that was told of a newer ruleset gets it, and no 304 from a worker that has not", async () => {
  await withWorker({ RULESET_REFRESH_SECONDS: "3600" }, async (worker) => {
    const first = await bulk(worker);
    const etag = first.headers.get("etag") ?? "";
    const { metadata } = (await first.json()) as Bulk;
    const conditional = { "if-none-match": etag };
    assert.equal((await bulk(worker, "", conditional)).status, 304);
    assert.equal((await bulk(worker, `?flagConfigEtag=${metadata.version}`, conditional)).status, 304);
    assert.equal((await bulk(worker, `?flagConfigEtag=%22${metadata.version}%22`, conditional)).status, 304);
    assert.equal((await bulk(worker, "?flagConfigEtag=another", conditional)).status, 200, "it may be behind");

    control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
    const newer = await until("the ruleset that the client was told of", async () => {
      const { metadata: seen } = (await (await bulk(worker, "?flagConfigEtag=newer", conditional)).json()) as Bulk;
      return seen.version !== metadata.version && seen;
    });
    assert.notEqual(newer.version, metadata.version);
  });
});

/** Reads a stream's text until it holds `what`. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, what: RegExp): Promise<string> {
  let text = "";
  while (!what.test(text)) {
    const { value, done } = await reader.read();
    assert.ok(!done, `the stream ended without ${what}: ${text}`);
    text += new TextDecoder().decode(value);
  }
  return text;
}

test("the stream tells of a new ruleset, and a client that comes back of what it missed", async () => {
  await withWorker({ RULESET_REFRESH_SECONDS: "1" }, async (worker) => {
    const { eventStreams, metadata } = (await (await bulk(worker)).json()) as Bulk;
    assert.deepEqual(eventStreams.map(({ type, url }) => [type, url]), [["sse", `${worker.url}/ofrep/v1/stream`]]);
    const leaving = new AbortController();
    const response = await fetch(eventStreams[0]?.url ?? "", { signal: leaving.signal });
    assert.deepEqual([response.status, response.headers.get("content-type")], [200, "text/event-stream"]);
    const reader = response.body!.getReader();
    assert.match(await readUntil(reader, /\n\n/), new RegExp(`id: ${metadata.version}`));

    control.behaviour = servingRuleset(rulesetBytes(true), '"two"');
    const text = await readUntil(reader, /data: .*\n\n/);
    const event = JSON.parse(/data: (.*)/.exec(text)?.[1] ?? "") as { type: string; etag: string };
    assert.equal(event.type, "refetchEvaluation");
    assert.notEqual(event.etag, metadata.version);
    leaving.abort();

    const again = await fetch(`${worker.url}/ofrep/v1/stream`, { headers: { "last-event-id": metadata.version } });
    const back = again.body!.getReader();
    assert.ok((await readUntil(back, /data: .*\n\n/)).includes(event.etag));
    await back.cancel();
  });
});

test("with READ_KEYS the stream's URL carries the right to listen, and no key", async () => {
  await withWorker({ READ_KEYS: KEY }, async (worker) => {
    const { eventStreams } = (await (await bulk(worker, "", { "x-api-key": KEY })).json()) as Bulk;
    const url = new URL(eventStreams[0]?.url ?? "");
    assert.ok(!url.href.includes(KEY));
    const listen = async (url: string): Promise<number> => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await listen(url.href), 200);
    assert.equal(await listen(`${worker.url}/ofrep/v1/stream`), 401);
    const [expiry, signature] = (url.searchParams.get("token") ?? "").split(".");
    for (const token of [`${Number(expiry) + 1}.${signature}`, `${Date.now() - 1}.${signature}`, `${expiry}.${"A".repeat(43)}`, "x"]) {
      assert.equal(await listen(`${worker.url}/ofrep/v1/stream?token=${token}`), 401, token);
    }
  });
});
