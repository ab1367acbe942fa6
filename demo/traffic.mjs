/** Visitors on their way through the worker: each asks for the form, sees it, and does something or nothing. */
import { behaviour, visitor } from "./visitors.mjs";
import { uuidv7 } from "edgewise";

/** How many visitors are on the site at once. */
const AT_ONCE = 64;

/**
 * Sends visitors `0 … count - 1`. Resolves to what they did.
 *
 * @param {string} worker its URL
 * @param {number} count
 * @param {number} seed
 * @param {AbortSignal} signal ends it between two visitors
 * @param {(done: number) => void} progress called after each visitor
 */
export async function sendVisitors(worker, count, seed, signal, progress) {
  const seen = { exposed: 0, events: 0 };
  let next = 0;
  let done = 0;
  const walk = async () => {
    while (next < count) {
      signal.throwIfAborted();
      const { exposed, events } = await visit(worker, visitor(next++, seed));
      seen.exposed += exposed;
      seen.events += events;
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
  return seen;
}

/**
 * One visitor: evaluates the flag as an OpenFeature client does, and tracks what they do with the form that it names.
 *
 * @param {string} worker
 * @param {import("./visitors.mjs").Visitor} visitor
 */
async function visit(worker, visitor) {
  const { id, country } = visitor;
  const context = { targetingKey: id, country };
  const { value, reason } = await post(`${worker}/ofrep/v1/evaluate/flags/signup.form`, { context }, 200);
  const events = behaviour(visitor, value).map((event) => ({
    id: uuidv7(),
    type: "track",
    ts: new Date().toISOString(),
    units: { user: id },
    ...event,
  }));
  if (events.length > 0) {
    await post(`${worker}/v1/events`, { batch_id: uuidv7(), sent_at: new Date().toISOString(), events }, 202);
  }
  return { exposed: reason === "SPLIT" ? 1 : 0, events: events.length };
}

/**
 * @param {string} url
 * @param {object} body
 * @param {number} expected status
 * @returns {Promise<any>} the parsed answer
 */
async function post(url, body, expected) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== expected) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
