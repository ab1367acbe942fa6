/**
 * What outlives the page: localStorage under a prefix. Browsers may block it or have no room left; then nothing is kept,
 * and whoever asks goes on with what the page knows.
 */
const PREFIX = "edgewise:";

export class Storage {
  /** `allowed` is asked each time: a visitor may take consent back. */
  constructor(private readonly allowed: () => boolean) {}

  get(key: string): string | undefined {
    return this.#with((kept) => kept.getItem(PREFIX + key) ?? undefined);
  }

  set(key: string, value: string): void {
    if (this.allowed()) this.#with((kept) => kept.setItem(PREFIX + key, value));
  }

  remove(key: string): void {
    this.#with((kept) => kept.removeItem(PREFIX + key));
  }

  /** The keys that begin so, without that beginning, in alphabetical order. */
  keys(beginning: string): string[] {
    const all = this.#with((kept) => Object.keys(kept)) ?? [];
    const start = PREFIX + beginning;
    return all.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length)).sort();
  }

  /** Removes everything that this package keeps. */
  clear(): void {
    for (const key of this.keys("")) this.remove(key);
  }

  #with<T>(use: (kept: globalThis.Storage) => T): T | undefined {
    try {
      return use(localStorage);
    } catch {
      return undefined;
    }
  }
}
