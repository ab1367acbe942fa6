/** What lives as long as the isolate and is shared by its requests. Nothing of it outlives the isolate. */
import { Edgewise } from "edgewise";
import type { ExposureEvent } from "edgewise";
import { ExposureWindow } from "edgewise/delivery";
import { Draws } from "./draws.js";
import type { Limit } from "./limit.js";
import { limitBy, TokenBuckets, UNLIMITED } from "./limit.js";
import { RulesetSource } from "./ruleset.js";
import type { Environment, Settings } from "./settings.js";
import { readSettings, SettingsError } from "./settings.js";
import { Shipper } from "./shipping.js";
import type { Source } from "./sources.js";
import { Collector } from "./sinks/collector.js";
import { Outbox } from "./sinks/outbox.js";
import type { Sink } from "./sinks/parcel.js";
import { EventQueue } from "./sinks/queue.js";
import { fromControl, fromStore } from "./sources.js";
import { CookieStore } from "./sticky/cookie.js";
import { KvStore } from "./sticky/kv.js";
import { ObjectStore } from "./sticky/objects.js";
import type { StickyStore } from "./sticky/records.js";
import type { WorkerOptions } from "./worker.js";

/** The ruleset at hand, the exposures already told, and the events on their way. */
export class Isolate {
  readonly settings: Settings;
  readonly rulesets: RulesetSource<Edgewise>;
  readonly exposures = new ExposureWindow();
  readonly shipper: Shipper;
  readonly limit: Limit;
  readonly draws: Draws;
  /** Undefined where nothing is kept: then sticky experiments draw afresh. */
  readonly sticky: StickyStore | undefined;

  /** Throws `SettingsError` where a variable is missing or wrong. */
  constructor(environment: Environment, { ruleset, module }: WorkerOptions) {
    const bundled = ruleset && new Uint8Array(ruleset);
    this.settings = readSettings(environment, bundled !== undefined);
    const { refreshMs, requestsPerMinute } = this.settings;
    this.rulesets = new RulesetSource(
      sourceOf(environment, this.settings),
      refreshMs,
      (bytes) => open(bytes, this.settings, module),
      (ruleset) => ruleset.free(),
      bundled,
    );
    this.shipper = new Shipper(sinkOf(environment, this.settings));
    this.draws = new Draws(environment.TURNS);
    this.sticky = stickyStore(environment, this.settings);
    if (environment.RATE_LIMITER) this.limit = limitBy(environment.RATE_LIMITER);
    else this.limit = requestsPerMinute === undefined ? UNLIMITED : new TokenBuckets(requestsPerMinute);
  }

  /** Queues an exposure unless the window has seen it. Returns what became of it. */
  expose(exposure: ExposureEvent, now: number, clockErrorMs = 0): "queued" | "duplicate" {
    if (!this.exposures.admit(exposure, now)) return "duplicate";
    this.shipper.offer(exposure, clockErrorMs, () => this.exposures.forget(exposure));
    return "queued";
  }
}

/** Where new rulesets come from; where there is only the one that was deployed with the worker, from nowhere. */
function sourceOf({ RULESETS }: Environment, { rulesetUrl, rulesetKey, refreshMs }: Settings): Source {
  if (RULESETS) return fromStore(RULESETS, rulesetKey, refreshMs);
  return rulesetUrl === undefined ? () => Promise.resolve(undefined) : fromControl(rulesetUrl);
}

/** Where events go: to the collector, or to what keeps them until the collector has them. */
function sinkOf({ EVENT_QUEUE, OUTBOX }: Environment, { eventsUrl }: Settings): Sink {
  if (EVENT_QUEUE && OUTBOX) throw new SettingsError("of EVENT_QUEUE and OUTBOX one is enough; take the other away");
  if (EVENT_QUEUE) return new EventQueue(EVENT_QUEUE);
  return OUTBOX ? new Outbox(OUTBOX) : new Collector(eventsUrl);
}

/** The one place that keeps what units were given, where one is set up. */
function stickyStore({ STICKY_KV, STICKY_OBJECTS }: Environment, settings: Settings): StickyStore | undefined {
  const { hasStickyCookie, signingSecret } = settings;
  if ([STICKY_KV, STICKY_OBJECTS, hasStickyCookie || undefined].filter((store) => store !== undefined).length > 1) {
    throw new SettingsError("of STICKY_COOKIE, STICKY_KV and STICKY_OBJECTS one is enough; take the others away");
  }
  if (STICKY_KV) return new KvStore(STICKY_KV);
  if (STICKY_OBJECTS) return new ObjectStore(STICKY_OBJECTS);
  if (!hasStickyCookie) return undefined;
  if (signingSecret === undefined) throw new SettingsError("STICKY_COOKIE takes a SIGNING_SECRET: set one");
  return new CookieStore(signingSecret);
}

/** Opens ruleset bytes, and refuses what is not signed as it must be, and what the targeting key would mean nothing in. */
async function open(
  bytes: Uint8Array<ArrayBuffer>,
  { targetingUnit, publicKey }: Settings,
  module: object | undefined,
): Promise<Edgewise> {
  const ruleset = await Edgewise.load(bytes, { ...(publicKey !== undefined && { publicKey }), ...(module && { module }) });
  if (targetingUnit !== undefined && !ruleset.unitTypes.includes(targetingUnit)) {
    const known = ruleset.unitTypes.join(", ");
    throw new Error(`TARGETING_UNIT is ${JSON.stringify(targetingUnit)}, but the ruleset's unit types are ${known}`);
  }
  return ruleset;
}
