/**
 * Server-sent events for OpenFeature clients (github.com/open-feature/protocol, service/event-streams.yaml): each new
 * ruleset is a `refetchEvaluation`. The event says that there is something to fetch, and never what.
 */
import type { ExecutionContext } from "./execution.js";
import type { Isolate } from "./isolate.js";
import { isSigned, sign } from "./secrets.js";

/** Where the stream is served. */
export const STREAM = "/ofrep/v1/stream";

/** Without a word for this long, some proxies hang up. */
const HEARTBEAT_MS = 15_000;

/** After this long a client connects anew, so that none stays with a deployment that is gone. */
const LIFE_MS = 15 * 60_000;

/** `EventSource` sends no headers, so the URL has to carry the right to listen: for an hour at least, two at most. */
const TOKEN_MS = 3_600_000;

/** What bulk answers say about the stream; clients connect by themselves. */
export async function eventStreams(keys: readonly string[], base: string, now: number): Promise<object[]> {
  // The same text for an hour: clients connect anew whenever it changes.
  const right = keys[0] === undefined ? "" : `?token=${await token(keys[0], (Math.floor(now / TOKEN_MS) + 2) * TOKEN_MS)}`;
  return [{ type: "sse", url: `${base}${STREAM}${right}` }];
}

/** Whether the URL's token gives the right to listen now. */
export async function mayListen(keys: readonly string[], url: URL, now: number): Promise<boolean> {
  const [expiry, signature] = (url.searchParams.get("token") ?? "").split(".");
  if (!expiry || !signature || keys[0] === undefined || !(Number(expiry) > now)) return false;
  return isSigned(subject(expiry), signature, keys[0]);
}

async function token(key: string, expiry: number): Promise<string> {
  return `${expiry}.${await sign(subject(`${expiry}`), key)}`;
}

const subject = (expiry: string): string => `edgewise stream until ${expiry}`;

/**
 * Streams until the client leaves, or its time is up. A client that says by `Last-Event-ID` what it had last is told at
 * once if that is not the ruleset at hand.
 */
export function stream(request: Request, isolate: Isolate, context: ExecutionContext): Response {
  const listener = { left: false };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void tell(controller, listener, request.headers.get("last-event-id"), isolate, context),
    cancel: () => void (listener.left = true),
  });
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

async function tell(
  controller: ReadableStreamDefaultController<Uint8Array>,
  listener: { readonly left: boolean },
  lastId: string | null,
  isolate: Isolate,
  context: ExecutionContext,
): Promise<void> {
  const { refreshMs } = isolate.settings;
  const say = (text: string): void => controller.enqueue(new TextEncoder().encode(text));
  const end = Date.now() + LIFE_MS;
  let [known, spokeAt] = [lastId, 0];
  try {
    while (!listener.left && Date.now() < end) {
      const digest = (await isolate.rulesets.upToDate(Date.now(), context)).held?.digest;
      if (listener.left) return;
      if (digest !== undefined && digest !== known) {
        say(known === null ? `id: ${digest}\n: listening\n\n` : message(digest));
        [known, spokeAt] = [digest, Date.now()];
      } else if (Date.now() - spokeAt >= HEARTBEAT_MS) {
        say(": still here\n\n");
        spokeAt = Date.now();
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(refreshMs, HEARTBEAT_MS)));
    }
    controller.close();
  } catch (error) {
    // The client left between two looks; nobody is there to be told.
    if (!listener.left) console.warn(`a stream ended: ${String(error)}`);
  }
}

/** The id is the digest too, so that a client that comes back says what it knows. */
function message(digest: string): string {
  const data = JSON.stringify({ type: "refetchEvaluation", etag: digest });
  return `id: ${digest}\ndata: ${data}\n\n`;
}
