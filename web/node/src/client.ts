import type { ContextOptions, Edgewise, EdgewiseEvent } from "edgewise";
import { ExposureWindow } from "edgewise/delivery";
import type { Delivery } from "edgewise/delivery";
import { EventQueue } from "./queue.js";
import { RulesetSource } from "./ruleset.js";
import type { Run } from "./run.js";
import { run } from "./run.js";
import { Visitor } from "./visitor.js";

export interface LoadOptions {
  /** Where the ruleset is published: `/v1/ruleset` of `edgewise serve`. */
  readonly rulesetUrl: string;
  /** Where events are sent. Default: `events` beside the ruleset. */
  readonly eventsUrl?: string;
  /** After how many milliseconds the ruleset is asked for again. Default: 30,000. */
  readonly refreshMs?: number;
  /** What the ruleset's signature is held against, as `edgewise keys public` prints it. */
  readonly publicKey?: string | Uint8Array;
}

const REFRESH_MS = 30_000;

/** Waits until there is a ruleset, or until it is clear that there is none yet: `client.problem` says why. */
export async function load(options: LoadOptions): Promise<Client> {
  const client = new Client(options);
  await client.ready;
  return client;
}

/** A process's ruleset, refreshed in the background, and its events on their way. Close it before the process ends. */
export class Client {
  /** Resolves when the ruleset was asked for once. Never rejects. */
  readonly ready: Promise<void>;
  readonly #source: RulesetSource;
  readonly #queue: EventQueue;
  readonly #told = new ExposureWindow();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor({ rulesetUrl, eventsUrl, refreshMs = REFRESH_MS, publicKey }: LoadOptions) {
    this.#source = new RulesetSource(rulesetUrl, publicKey);
    this.#queue = new EventQueue(eventsUrl ?? new URL("events", rulesetUrl).href);
    this.ready = this.#source.refresh();
    this.#timer = setInterval(() => void this.refresh(), refreshMs).unref();
  }

  /** The ruleset at hand: the last good one. */
  get ruleset(): Edgewise | undefined {
    return this.#source.ruleset;
  }

  /** Why there was no ruleset to be had when it was last asked for. */
  get problem(): Error | undefined {
    return this.#source.problem;
  }

  /** Somebody to ask for: unit ids under the names of the ruleset's unit types, attributes under all others. */
  visitor(values: Readonly<Record<string, unknown>>, options?: ContextOptions): Visitor {
    return new Visitor(this.ruleset, values, options, (event) => this.#send(event));
  }

  /**
   * Runs `work` under the variant that the experiment gives to the context, and tells how it went: its duration, its
   * success or error, and whatever it recorded. Using the answer is an exposure. Answers, or throws, what `work` does.
   *
   * @param options a nonce or counters, for experiments that draw calls; sticky records; `forced` variants.
   */
  run<T>(
    experiment: string,
    context: Readonly<Record<string, unknown>>,
    work: (run: Run) => T | Promise<T>,
    options?: ContextOptions,
  ): Promise<T> {
    return run(this.visitor(context, options), experiment, work);
  }

  /** Asks for the ruleset now. One that cannot be had or read replaces none. */
  refresh(): Promise<void> {
    return this.#source.refresh();
  }

  /** Calls `listener` after each time that the ruleset was asked for; call what it returns to end that. */
  subscribe(listener: () => void): () => void {
    return this.#source.subscribe(listener);
  }

  /** Sends what waits, now. Resolves when the collector has answered, or cannot be reached for the time being. */
  flush(): Promise<Delivery> {
    return this.#queue.flush();
  }

  /** Asks for no more rulesets, and sends what waits. */
  close(): Promise<Delivery> {
    clearInterval(this.#timer);
    return this.#queue.close();
  }

  #send(event: EdgewiseEvent): void {
    if (event.type !== "exposure" || this.#told.admit(event, Date.now())) this.#queue.add(event);
  }
}
