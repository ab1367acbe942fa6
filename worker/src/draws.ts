/** What experiments draw from that randomise calls rather than units. */
import type { ObjectNamespace } from "./bindings.js";

export class Draws {
  /** `turns` counts the calls of experiments whose variants take turns; without it these answer nobody. */
  constructor(private readonly counters: ObjectNamespace | undefined) {}

  /** Another one for each call. */
  nonce(): string {
    return crypto.randomUUID();
  }

  /** The number of this call for each experiment; undefined where nobody counts. */
  async turns(experiments: readonly string[]): Promise<Record<string, number> | undefined> {
    const { counters } = this;
    if (!counters) return undefined;
    const taken = await Promise.all(experiments.map((experiment) => takeTurn(counters, experiment)));
    return Object.fromEntries(taken.filter((turn) => turn !== undefined));
  }
}

/** The next number; undefined, and a word in the log, where the counter does not answer. */
async function takeTurn(counters: ObjectNamespace, experiment: string): Promise<[string, number] | undefined> {
  try {
    const counter = counters.get(counters.idFromName(experiment));
    const response = await counter.fetch("https://counter/next", { method: "POST" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return [experiment, Number(await response.text())];
  } catch (error) {
    console.warn(`no turn of ${experiment}: ${String(error)}`);
    return undefined;
  }
}
