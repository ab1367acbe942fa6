/** The names of a project, for the compiler alone: `edgewise types` writes them down by augmenting this package. */

/** Flag id to the type of its values. Empty, until `edgewise types` fills it in: `declare module "edgewise"`. */
export interface FlagTypes {}
/** Experiment id to the ids of its variants. Empty, until `edgewise types` fills it in. */
export interface ExperimentTypes {}
/** The unit types of the ruleset. Empty, until `edgewise types` fills it in. */
export interface UnitTypes {}
/** What names a unit: a string of 1 to 1,024 bytes or a safe integer; nothing where it is unknown. */
export type UnitId = string | number | null | undefined;
/** The ids of flags: any text, or those that `edgewise types` wrote down. */
export type FlagId = [keyof FlagTypes] extends [never] ? string : keyof FlagTypes & string;
/** What may stand in for the flag's value: one of its type, where that was written down. */
export type FlagFallback<F> = F extends keyof FlagTypes ? FlagTypes[F] : unknown;
/** The type of the flag's values, or what the fallback says of it: `"blue"` stands for any string. */
export type FlagValueOr<F, T> = F extends keyof FlagTypes ? FlagTypes[F] : Widened<T>;
type Widened<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? string : T;
/** The ids of experiments: any text, or those that `edgewise types` wrote down. */
export type ExperimentId = [keyof ExperimentTypes] extends [never] ? string : keyof ExperimentTypes & string;
/** The ids of an experiment's variants. */
export type VariantId<E> = E extends keyof ExperimentTypes ? ExperimentTypes[E] & string : string;
/** A flag nobody wrote a type down for: any, as long as there are no generated types. */
export type UntypedFlag = [keyof FlagTypes] extends [never] ? string : never;
/** Unit ids under the names of the unit types, attributes under all others. */
export type ContextValues = Readonly<Record<string, unknown>> & { readonly [U in keyof UnitTypes]?: UnitId };
