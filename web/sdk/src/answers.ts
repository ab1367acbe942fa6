/** Who answers the page: the ruleset in the page, or what an edge worker evaluated. */
import type { Answer, ExposureEvent, FlagAnswer } from "edgewise/lite";

/** One visitor's answers. Asking exposes nobody. */
export interface Answers {
  /** The ids by unit type; undefined where it is unknown which names of the context are unit types. */
  units(): Readonly<Record<string, string>> | undefined;
  value<T>(flag: string, fallback: T): T;
  evaluate(flag: string): FlagAnswer;
  /** The experiments that may decide about the flag, in the order in which they are asked. */
  claims(flag: string): readonly string[];
  variant(experiment: string): Answer;
  assignments(): Answer[];
  /** The events to send when the flag's value is used. */
  exposuresOfFlag(flag: string): readonly ExposureEvent[];
  /** The events to send when the experiment's answer is used. */
  exposuresOf(experiment: string): readonly ExposureEvent[];
}
