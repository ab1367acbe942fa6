export type {
  Answer,
  AnswerDetails,
  Explanation,
  ExplanationStep,
  FlagAnswer,
  FlagReason,
  FlagType,
  FlagValue,
  Reason,
  StickyRecord,
} from "./answers.js";
export type { Context } from "./context.js";
export { type ContextOptions, Edgewise, type LoadOptions, type RulesetBytes } from "./edgewise.js";
export type { Directives } from "./directives.js";
export { DocumentError, EvaluatorError, RulesetError } from "./error.js";
export {
  type EdgewiseEvent,
  type ErrorEvent,
  type EventBatch,
  type ExposureEvent,
  type FeedbackEvent,
  type IdentifyEvent,
  type ReplayValue,
  type TrackEvent,
  uuidv7,
} from "./events.js";
// With a star: augmenting the package merges with nothing that is exported by name.
export * from "./names.js";
export type { Draw } from "./rare.js";
export type { Experiment, Flag } from "./tables.js";
