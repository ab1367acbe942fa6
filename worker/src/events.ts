/**
 * Events that clients send: `{"batch_id", "sent_at", "events": […]}`, as JSON or as text/plain. Their shape is checked
 * here as far as the answer needs it; the collector checks the rest, and files what it refuses.
 */
import type { ExposureEvent } from "edgewise";
import { failure, json } from "./answer.js";
import type { Isolate } from "./isolate.js";
import { isObject } from "./json.js";

interface Rejected {
  readonly id: string | null;
  readonly code: string;
  readonly message: string;
}

interface Receipt {
  accepted: number;
  readonly duplicate: string[];
  readonly rejected: Rejected[];
}

const MAX_BODY_CHARACTERS = 1024 * 1024;
const MAX_EVENTS = 1_000;
const TYPES = ["exposure", "track", "feedback", "error", "identify"];

/** What an event of a type cannot do without here, all of it strings: what tells exposures apart, and names. */
const REQUIRED: Record<string, readonly string[]> = {
  exposure: ["experiment", "variant", "epoch", "unit_type", "unit"],
  track: ["name"],
  feedback: ["name"],
  error: ["name"],
};

/** Below this a clock is not called wrong: it is as long as a request may be under way. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Checks and queues a client's batch, and answers without waiting for the collector. */
export function receive(body: string, isolate: Isolate, now: number): Response {
  if (body.length > MAX_BODY_CHARACTERS) {
    return failure(413, "too_large", `the body is longer than ${MAX_BODY_CHARACTERS} characters; send smaller batches`);
  }
  const batch = parse(body);
  if (!batch)
    return failure(400, "malformed", 'the body must be JSON like {"batch_id": "…", "sent_at": "…", "events": [ … ]}');
  if (batch.events.length > MAX_EVENTS) {
    return failure(413, "too_large", `${batch.events.length} events in one batch; send at most ${MAX_EVENTS}`);
  }
  if (batch.events.length > isolate.shipper.room()) {
    return failure(429, "busy", "the collector is behind; send the same batch again later", { "retry-after": "5" });
  }
  const receipt: Receipt = { accepted: 0, duplicate: [], rejected: [] };
  for (const event of batch.events) take(event, clockErrorMs(batch.sentAt, now), isolate, now, receipt);
  return json(202, receipt);
}

/** Queues one event, or enters in the receipt why not. */
function take(event: unknown, clockErrorMs: number, isolate: Isolate, now: number, receipt: Receipt): void {
  const flaw = flawOf(event);
  if (flaw) {
    receipt.rejected.push(flaw);
    return;
  }
  const sound = event as ExposureEvent;
  if (sound.type !== "exposure") isolate.shipper.offer(sound, clockErrorMs);
  else if (isolate.expose(sound, now, clockErrorMs) === "duplicate") {
    receipt.duplicate.push(sound.id);
    return;
  }
  receipt.accepted += 1;
}

/** What keeps an event from being shipped: it has no id, no known type, no time, no unit, or does not say what of. */
function flawOf(event: unknown): Rejected | undefined {
  if (!isObject(event)) return { id: null, code: "wrong_type", message: "an event must be a JSON object" };
  const id = typeof event.id === "string" && event.id !== "" ? event.id : null;
  const reject = (field: string, allowed: string): Rejected => ({
    id,
    code: event[field] === undefined ? "missing_field" : "wrong_type",
    message: `\`${field}\` must be ${allowed}`,
  });
  if (id === null) return reject("id", "a string that stays the same over retries, best a UUIDv7");
  if (!TYPES.includes(String(event.type))) return reject("type", `one of ${TYPES.join(", ")}`);
  if (typeof event.ts !== "string" || Number.isNaN(Date.parse(event.ts))) return reject("ts", "an RFC 3339 time");
  if (!isObject(event.units)) return reject("units", 'an object of unit ids, like {"user": "u_1"}');
  const wanting = (REQUIRED[event.type as string] ?? []).find((field) => typeof event[field] !== "string");
  return wanting === undefined ? undefined : reject(wanting, "a string");
}

function parse(body: string): { sentAt: unknown; events: unknown[] } | undefined {
  try {
    const batch: unknown = JSON.parse(body);
    return isObject(batch) && Array.isArray(batch.events) ? { sentAt: batch.sent_at, events: batch.events } : undefined;
  } catch {
    return undefined;
  }
}

/** By how much the client's clock is behind; 0 where it says nothing or is right. */
function clockErrorMs(sentAt: unknown, now: number): number {
  const error = typeof sentAt === "string" ? now - Date.parse(sentAt) : 0;
  return Math.abs(error) > CLOCK_TOLERANCE_MS ? error : 0;
}
