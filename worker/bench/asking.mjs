// One connection to each server, and requests in turn, so that what the machine does besides strikes all alike.
import { Agent, request } from "node:http";

/** Asks over a connection of its own, and says after how many milliseconds the first byte came. */
export class Asker {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /**
   * @param {string} url
   * @param {{ method?: string, headers?: Record<string, string>, body?: string }} [options]
   */
  constructor(url, { method = "GET", headers = {}, body } = {}) {
    this.url = url;
    this.options = { method, headers: { ...headers, ...(body !== undefined && { "content-length": `${Buffer.byteLength(body)}` }) } };
    this.body = body;
  }

  /** @returns {Promise<{ firstMs: number, wholeMs: number, bytes: number, status: number }>} */
  ask() {
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const asking = request(this.url, { ...this.options, agent: this.#agent }, (response) => {
        let [firstMs, bytes] = [0, 0];
        response.on("data", (chunk) => {
          if (bytes === 0) firstMs = performance.now() - began;
          bytes += chunk.length;
        });
        response.on("end", () => resolve({ firstMs, wholeMs: performance.now() - began, bytes, status: response.statusCode ?? 0 }));
      });
      asking.on("error", reject);
      asking.end(this.body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

/**
 * Asks all in turn, and returns each one's times in ascending order.
 *
 * @param {Record<string, Asker>} askers
 * @param {number} rounds
 * @param {"firstMs" | "wholeMs"} which
 */
export async function inTurn(askers, rounds, which) {
  const all = Object.entries(askers).map(([name, asker]) => ({ name, asker, times: /** @type {number[]} */ ([]) }));
  const warmUp = Math.ceil(rounds / 5);
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, asker, times } of all) {
      const answer = await asker.ask();
      if (answer.status !== 200) throw new Error(`${name} answers with status ${answer.status}`);
      if (round >= 0) times.push(answer[which]);
    }
  }
  for (const { times } of all) times.sort((a, b) => a - b);
  return Object.fromEntries(all.map(({ name, times }) => [name, times]));
}

/** @param {readonly number[]} ascending @param {number} share */
export const quantile = (ascending, share) => ascending[Math.floor((ascending.length - 1) * share)] ?? NaN;
