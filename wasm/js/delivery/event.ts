/** What somebody did or said, as an event. */
import type { EdgewiseEvent } from "../events.js";

/** What OpenFeature's tracking calls by this name: a value, and properties beside it. */
export interface TrackingDetails {
  readonly value?: number;
  readonly [property: string]: unknown;
}

/** Whom it is about. */
interface About {
  readonly tenant: string | undefined;
  readonly units: Readonly<Record<string, string>>;
}

/** `id` is a new UUIDv7, `now` the time in milliseconds. An `identify` event has no name. */
export function eventOf(
  type: "track" | "feedback" | "error" | "identify",
  { tenant, units }: About,
  id: string,
  now: number,
  name?: string,
  { value, ...properties }: TrackingDetails = {},
): EdgewiseEvent {
  return {
    id,
    type,
    ts: new Date(now).toISOString(),
    ...(tenant !== undefined && { tenant }),
    units,
    ...(name !== undefined && { name }),
    ...(value !== undefined && { value }),
    ...(Object.keys(properties).length > 0 && { properties }),
  } as EdgewiseEvent;
}
