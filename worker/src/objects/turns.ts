/** Numbers calls, for an experiment whose variants take turns: a Durable Object each, so that all isolates count together. */
import type { ObjectState } from "../bindings.js";

const NEXT = "next";

export class Turns {
  constructor(private readonly state: ObjectState) {}

  /** Answers with the next number, from 0. The runtime holds the answer back until the number is stored. */
  async fetch(): Promise<Response> {
    const turn = (await this.state.storage.get<number>(NEXT)) ?? 0;
    await this.state.storage.put(NEXT, turn + 1);
    return new Response(`${turn}`);
  }
}
