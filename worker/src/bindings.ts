/**
 * What a host may hand in beside variables, as far as the worker uses it. The shapes are Cloudflare's; any object of the
 * same shape will do, so that other hosts can bring their own.
 */

/** Counts requests by key, and says when there are too many: Cloudflare's rate limiting binding. */
export interface RateLimiter {
  limit(request: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** Objects by name, each in one place of the world: Cloudflare's Durable Objects. */
export interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(url: string, init?: RequestInit): Promise<Response> };
}

/** What such an object is made with. While it waits for its storage, no other request reaches it. */
export interface ObjectState {
  readonly storage: ObjectStorage;
}

export interface ObjectStorage {
  get<T>(key: string): Promise<T | undefined>;
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<boolean>;
  list<T>(options: { readonly prefix: string; readonly limit: number }): Promise<Map<string, T>>;
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
}

/** Messages that wait until a consumer has acknowledged them: Cloudflare Queues. */
export interface Queue {
  send(message: unknown): Promise<void>;
}

/** What a consumer of a queue is called with. */
export interface MessageBatch {
  readonly messages: readonly Message[];
}

export interface Message {
  readonly body: unknown;
  readonly attempts: number;
  ack(): void;
  retry(options: { readonly delaySeconds: number }): void;
}

/** Values by their keys, read near everybody and written slowly: Cloudflare's Workers KV. */
export interface KeyValueStore {
  get(key: string, options: { readonly type: "arrayBuffer"; readonly cacheTtl?: number }): Promise<ArrayBuffer | null>;
  get(key: string, options: { readonly type: "json" }): Promise<unknown>;
  put(key: string, value: string, options: { readonly expirationTtl: number }): Promise<void>;
}
