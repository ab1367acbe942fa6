/** Whom the page is about: what it says of the visitor, the anonymous id of the browser, and whether either may be used. */
import { consents } from "./consent.js";
import { Identity } from "./identity.js";
import type { LoadOptions } from "./options.js";
import { forgetRulesets } from "./ruleset.js";
import { Storage } from "./storage.js";

/** Unit ids and attributes by their names. */
export type Values = Readonly<Record<string, unknown>>;

/** A name of the context under which these stand is a unit type, where there is no ruleset to say it. */
const USUAL_UNITS = ["user", "device", "session", "tenant"];

export class Visitor {
  /** As the page gave them. */
  values: Values;
  readonly storage = new Storage(() => this.#consent);
  #consent: boolean;
  readonly #identity: Identity | undefined;

  constructor({ anonymous = {}, consent, context = {} }: LoadOptions) {
    this.values = context;
    this.#consent = consents(consent);
    this.#identity = anonymous === false ? undefined : new Identity(this.storage, anonymous);
    if (!this.#consent) this.#forget();
  }

  /** Whether the visitor is told apart and told about. */
  get consent(): boolean {
    return this.#consent;
  }

  /** No: whatever the browser keeps is removed. */
  set consent(given: boolean) {
    this.#consent = given;
    if (!given) this.#forget();
  }

  /** The values, with the anonymous id where these unit types, if they are known, ask for one. */
  identified(unitTypes?: readonly string[]): Values {
    const identity = this.#identity;
    if (!identity || !this.#consent || this.values[identity.unit] !== undefined) return this.values;
    if (unitTypes && !unitTypes.includes(identity.unit)) return this.values;
    const id = identity.id();
    return id === undefined ? this.values : { ...this.values, [identity.unit]: id };
  }

  /** The ids among them, by their usual names. */
  usualUnits(): Readonly<Record<string, string>> {
    const values = this.identified();
    const types = [...USUAL_UNITS, this.#identity?.unit ?? "user"];
    const ids = types.map((type) => [type, values[type]] as const);
    const sound = ids.filter(([, id]) => typeof id === "string" || Number.isSafeInteger(id));
    return Object.fromEntries(sound.map(([type, id]) => [type, String(id)]));
  }

  #forget(): void {
    this.#identity?.forget();
    this.storage.clear();
    void forgetRulesets();
  }
}
