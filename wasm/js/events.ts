import { hex } from "./ruleset.js";
import type { Reason, StickyRecord } from "./answers.js";

/** What every event has. */
interface EventBase {
  /** A UUIDv7, made once by the client and unchanged over retries: the idempotency key. */
  readonly id: string;
  /** When it happened: RFC 3339, UTC, milliseconds. */
  readonly ts: string;
  readonly tenant?: string;
  /** Unit type to id: whatever is known, so that a device's exposure joins a user's purchase. */
  readonly units: Readonly<Record<string, string>>;
}

/** An attribute as a replay needs it: null is absent, an empty object is something no condition looks into. */
export type ReplayValue = boolean | number | string | readonly string[] | null | Readonly<Record<string, never>>;

/** A unit met its variant. It carries all that it takes to replay the assignment. */
export interface ExposureEvent extends EventBase {
  readonly type: "exposure";
  /** What assigned the unit: an experiment, or a holdout that binds the experiment whose use this is. */
  readonly kind: "experiment" | "holdout";
  /** The experiment's id, or the holdout's. */
  readonly experiment: string;
  /** Of a holdout: `held_out` or `open`. */
  readonly variant: string;
  readonly reason: Reason;
  /** Left out where the variant did not come of one draw. */
  readonly bucket?: number;
  /** The allocation in which the unit was drawn: 16 hexadecimal digits. */
  readonly epoch: string;
  /** The ruleset's digest: 32 hexadecimal digits. */
  readonly ruleset: string;
  /** The time that the evaluation went by. */
  readonly evaluated_at: string;
  /** The unit type whose id counted. */
  readonly unit_type: string;
  readonly unit: string;
  /** The attributes that the answer can depend on, by canonical name, and no others. */
  readonly attributes: Readonly<Record<string, ReplayValue>>;
  /** What the unit was given before, as it was handed in: the records that the answer can depend on. */
  readonly sticky?: readonly StickyRecord[];
  readonly nonce?: string;
  readonly counter?: number;
  /** With which probability a unit draws this variant. */
  readonly propensity?: number;
}

/** Something that metrics count. */
export interface TrackEvent extends EventBase {
  readonly type: "track";
  readonly name: string;
  readonly value?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** What somebody said. */
export interface FeedbackEvent extends EventBase {
  readonly type: "feedback";
  readonly name: string;
  readonly value?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** What went wrong. */
export interface ErrorEvent extends EventBase {
  readonly type: "error";
  readonly name: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Two ids in `units` are the same somebody. */
export interface IdentifyEvent extends EventBase {
  readonly type: "identify";
}

/** What a collector takes. */
export type EdgewiseEvent = ExposureEvent | TrackEvent | FeedbackEvent | ErrorEvent | IdentifyEvent;

/** The body of `POST /v1/events`. */
export interface EventBatch {
  /** A UUIDv7, unchanged over retries. */
  readonly batch_id: string;
  /** When this attempt was sent: it corrects a wrong clock. */
  readonly sent_at: string;
  readonly events: readonly EdgewiseEvent[];
}

/**
 * A new UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits.
 *
 * @param now milliseconds since the Unix epoch.
 */
export function uuidv7(now: number = Date.now()): string {
  const time = hex(Math.max(0, Math.floor(now)), 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomPart()}`;
}

/** What follows a UUID's version. */
function randomPart(): string {
  // Of a UUIDv4 the same bits are random, and hosts make one quicker; pages without TLS have no `randomUUID`.
  if (ALL_RULES && crypto.randomUUID) return crypto.randomUUID().slice(15);
  const random = Array.from(crypto.getRandomValues(new Uint16Array(5)), (word) => hex(word, 4)).join("");
  const variant = "89ab"[parseInt(random[3]!, 16) & 3];
  return `${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(8)}`;
}
