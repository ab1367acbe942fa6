/**
 * Finds the fields of a document that the compiler does not know: those that it never asks for. A list of the known ones
 * would have to follow every change of the document's types; the compiler's own questions do by themselves.
 */
export class Watch {
  readonly #asked = new Map<object, { path: string; keys: Set<PropertyKey> }>();

  /** The same value, whose reader is watched. */
  over<T>(value: T, path = ""): T {
    if (typeof value !== "object" || value === null) return value;
    const keys = new Set<PropertyKey>();
    if (!Array.isArray(value)) this.#asked.set(value, { path, keys });
    return new Proxy(value, {
      get: (target, key) => {
        keys.add(key);
        const place = typeof key === "symbol" ? path : Array.isArray(target) ? `${path}[${key}]` : `${path}.${key}`;
        return this.over(Reflect.get(target, key) as unknown, place);
      },
    });
  }

  /** Where the first field lies that nobody asked for; undefined: there is none. */
  unknown(): string | undefined {
    for (const [value, { path, keys }] of this.#asked) {
      const name = Object.keys(value).find((key) => !keys.has(key));
      if (name !== undefined) return `${path}.${name}`.slice(1);
    }
    return undefined;
  }
}
