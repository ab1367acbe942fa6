/** A loopback HTTP server whose behaviour a test scripts, in the place of the control server or the collector. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** What the server does with a request; a promise that never resolves is a server that hangs. */
export type Behaviour = (request: Seen) => Reply | Promise<Reply>;

export class ScriptedServer {
  readonly seen: Seen[] = [];
  behaviour: Behaviour;
  #server: Server | undefined;
  #port = 0;

  constructor(behaviour: Behaviour) {
    this.behaviour = behaviour;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, or starts again at the port of last time. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = "", url: path = "", headers } = request;
    const seen = { method, path, headers, body: Buffer.concat(chunks).toString("utf8") };
    this.seen.push(seen);
    const reply = await this.behaviour(seen);
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }
}

/** Serves ruleset bytes as `edgewise serve` does: with an ETag, and 304 to who has them. */
export function servingRuleset(bytes: Uint8Array, etag: string): Behaviour {
  return ({ headers }) =>
    headers["if-none-match"] === etag
      ? { status: 304, headers: { etag } }
      : { status: 200, headers: { etag }, body: bytes };
}

/** An event as a test looks at it. */
export interface SeenEvent {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly kind?: string;
  readonly experiment?: string;
  readonly variant?: string;
  readonly reason?: string;
  readonly units: Record<string, string>;
}

/** A batch as the collector gets it. */
export interface SeenBatch {
  readonly batch_id: string;
  readonly sent_at: string;
  readonly events: SeenEvent[];
}

/** The batch in the body of a request to the collector. */
export function batchIn(request: Seen): SeenBatch {
  return JSON.parse(request.body) as SeenBatch;
}

/** Acknowledges every batch, as the collector does. */
export const acknowledging: Behaviour = (request) => ({
  status: 202,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ accepted: batchIn(request).events.length, duplicate: [], rejected: [] }),
});
