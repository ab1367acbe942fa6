/** The types of flags: those that `edgewise types` wrote down, or what the fallback is. */
import type { FlagTypes } from "edgewise";

/** What may stand in for the flag's value. */
export type Fallback<F> = F extends keyof FlagTypes ? FlagTypes[F] : unknown;

/** The type of the flag's values: a fallback of `"blue"` stands for any string. */
export type Value<F, T> = F extends keyof FlagTypes ? FlagTypes[F] : Widened<T>;

type Widened<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? string : T;
