/** The ruleset, as the control server publishes it; one that cannot be fetched or opened never replaces one that could. */
import { Edgewise } from "edgewise";

/** How long the control server may take. */
const TIMEOUT_MS = 5_000;

export class RulesetSource {
  #ruleset: Edgewise | undefined;
  #etag: string | null = null;
  #problem: Error | undefined;
  #refreshing: Promise<void> | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly url: string,
    private readonly publicKey: string | Uint8Array | undefined,
  ) {}

  get ruleset(): Edgewise | undefined {
    return this.#ruleset;
  }

  get problem(): Error | undefined {
    return this.#problem;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Starts a request, or joins the one under way. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#fetch().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #fetch(): Promise<void> {
    try {
      await this.#download();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error : new Error(String(error));
    }
    for (const listener of this.#listeners) listener();
  }

  async #download(): Promise<void> {
    const headers = this.#etag === null ? {} : { "if-none-match": this.#etag };
    const response = await fetch(this.url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 304 && this.#ruleset) return;
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`no ruleset at ${this.url}: the server answered with status ${response.status}`);
    }
    const options = this.publicKey === undefined ? {} : { publicKey: this.publicKey };
    // Visitors that were asked before keep the ruleset that they have.
    this.#ruleset = await Edgewise.load(await response.arrayBuffer(), options);
    this.#etag = response.headers.get("etag");
  }
}
