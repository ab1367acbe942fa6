/** What the runtime hands to each request: a way to keep working after the answer, for 30 seconds at most. */
export interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}
