// Compiled, not run: what the types promise to callers.
import { type Answer, Edgewise, type ExposureEvent, type FlagValue } from "../js/index.js";

declare const edgewise: Edgewise;

const context = edgewise.context({ user: "u_42", country: "IN", app: { version: "2.5.1" } }, { now: new Date() });
export const answer: Answer = context.variant("checkout");
export const text: string = context.get("rag.strategy", "sequential");
export const yes: boolean = context.get("banner", false);
export const count: number = context.get("depth", 1);
export const limits: { depth: number[] } = context.get("rag.limits", { depth: [1] });
export const value: FlagValue | undefined = context.evaluate("banner").value;
export const event: ExposureEvent | undefined = context.exposure("checkout");

export const iteration: number | null = answer.details.iteration;
export const keeps: boolean = answer.details.sticky;
export const sticky: boolean[] = edgewise.experiments.map((experiment) => experiment.sticky);
export const draws: ("unit" | "nonce" | "counter")[] = edgewise.experiments.map(({ draw }) => draw);

// @ts-expect-error answers are read-only
answer.variant = "treatment";
// @ts-expect-error and so is what they share
answer.details.sticky = true;
// @ts-expect-error what is seldom asked is nowhere else
answer.propensity;
// @ts-expect-error a reason is one of the documented ones
export const reason: "because" = answer.reason;
// @ts-expect-error a ruleset is bytes, not text
Edgewise.loadSync("ruleset");
// @ts-expect-error a context is an object
edgewise.context("u_42");
