/** Asking the worker over HTTP, and waiting for what it does behind the answer. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** POST with a JSON body. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** POST by a client that sends its request and goes away without waiting for the answer. */
export async function postAndLeave(url: string, body: string): Promise<void> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [`POST ${pathname} HTTP/1.1`, `host: ${hostname}`, `content-length: ${Buffer.byteLength(body)}`];
  await new Promise<void>((resolve) => socket.write(`${head.join("\r\n")}\r\n\r\n${body}`, () => resolve()));
  // Long enough for the worker to begin, too short for what the tests have it wait for.
  await sleep(50);
  socket.destroy();
}

/** The OFREP endpoint for all flags, or for one. */
export function flags(worker: string, key?: string): string {
  return `${worker}/ofrep/v1/evaluate/flags${key === undefined ? "" : `/${key}`}`;
}

/** Waits until `look` sees something, for ten seconds unless told; a failure says `what` did not come. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 10,
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(20);
  }
  throw new Error(`waited ${seconds} s in vain for ${what}`);
}
