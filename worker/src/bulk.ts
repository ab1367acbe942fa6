/**
 * All flags for one context, by the OpenFeature Remote Evaluation Protocol. What a flag says, and most of the exposures
 * that it hands back, is the same for many units: it is written as JSON once, and most answers are put together from
 * texts.
 */
import type { Answer, Context, Edgewise } from "edgewise";
import { jsonText } from "./answer.js";
import { Answers } from "./answers.js";
import { Exposures } from "./exposure.js";
import type { Verdict } from "./flag.js";
import { askedFor, isFailure, judge, outcomeOf } from "./flag.js";
import { Redeemables } from "./redeemable.js";
import type { Text, Texts } from "./texts.js";
import { textsOf } from "./texts.js";

/** The outcomes of all flags as JSON, each with the exposures to hand back. */
export interface BulkEvaluation {
  readonly version: string;
  readonly flags: readonly string[];
  readonly asked: readonly Answer[];
  /** Two evaluations that agree in it mean the same: the exposures that they hand back differ in id and time alone. */
  readonly meaning: string;
}

/** `POST /ofrep/v1/evaluate/flags`. Nothing is used yet, so nothing is exposed. */
export function evaluateAll(ruleset: Edgewise, context: Context, unit: string): BulkEvaluation {
  const version = ruleset.digest;
  const texts = textsOf(ruleset);
  const answers = new Answers(context);
  const asked = answers.all();
  const exposures = new Exposures(context);
  const redeemables = new Redeemables(texts);
  const meaning = [version, JSON.stringify(context.units())];
  const flags = ruleset.flags.map((flag) => {
    const answer = context.evaluate(flag.id);
    const asked = askedFor(flag, answer, answers);
    const verdict = judge(ruleset, answer, asked, unit);
    if (isFailure(verdict)) {
      meaning.push(verdict.errorCode);
      return JSON.stringify(verdict);
    }
    const outcome = openOutcome(texts, verdict, version);
    meaning.push(outcome.key);
    const redeemed = exposures.of(asked).map((exposure) => redeemables.of(exposure));
    if (redeemed.length === 0) return `${outcome.text}}}`;
    for (const exposure of redeemed) meaning.push(exposure.meaning);
    return `${outcome.text},"exposures":"[${redeemed.map(({ text }) => text).join(",")}]"}}`;
  });
  return { version, flags, asked, meaning: meaning.join("\n") };
}

/**
 * The answer to a bulk evaluation. The metadata of each flag whose use would be an exposure carries the events to send
 * then; `metadata` is of the answer as a whole. The ETag is that of the evaluated result, never of the ruleset alone:
 * clients send the tag of their last answer although their context has changed since. `known` is If-None-Match, where it
 * may be honoured.
 */
export async function bulkAnswer(
  { version, flags, meaning }: BulkEvaluation,
  metadata: Readonly<Record<string, string>>,
  eventStreams: readonly object[],
  known: string | null,
  more: Readonly<Record<string, string>>,
): Promise<Response> {
  const etag = await etagOf(meaning);
  const headers = { ...more, etag };
  if (known !== null && matches(known, etag)) return new Response(null, { status: 304, headers });
  const rest = JSON.stringify({ metadata: { version, ...metadata }, eventStreams });
  return jsonText(200, `{"flags":[${flags.join(",")}],${rest.slice("{".length)}`, headers);
}

/** What a flag says, but for the end of its metadata and its own. It follows from these few words, and from the ruleset. */
function openOutcome(texts: Texts, verdict: Verdict, version: string): Text {
  const { answer, reason, assignment } = verdict;
  const { flag, rule, experiment, variant, epoch } = answer;
  const write = (): string => JSON.stringify(outcomeOf(verdict, version)).slice(0, -"}}".length);
  // The epoch of a sticky record is the host's word, not the ruleset's.
  if (assignment === "sticky") return { text: write(), key: JSON.stringify([flag, experiment, variant, epoch]) };
  return texts.of([flag, rule, experiment, variant, reason, assignment], write);
}

/** A weak tag, because two answers of one meaning are not the same bytes. */
async function etagOf(meaning: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(meaning)));
  return `W/"${Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** If-None-Match compares weakly: RFC 9110 §13.1.2. */
function matches(ifNoneMatch: string, etag: string): boolean {
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || opaque(tag) === opaque(etag));
}
