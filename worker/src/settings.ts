/** The worker's environment variables, checked once. */

/** The variables as the runtime hands them in. */
export interface Environment {
  /** Base URL of the control server; the ruleset is read from `/v1/ruleset` below it. Required. */
  readonly CONTROL_URL?: string;
  /** Base URL of the collector; events go to `/v1/events` below it. Required. */
  readonly COLLECTOR_URL?: string;
  /** After how many seconds the ruleset is asked for again: 1 to 86,400, default 30. */
  readonly RULESET_REFRESH_SECONDS?: string;
  /** The unit type that OpenFeature's targeting key is the id of. Default: the ruleset's first. */
  readonly TARGETING_UNIT?: string;
}

/** The same, checked. */
export interface Settings {
  readonly rulesetUrl: string;
  readonly eventsUrl: string;
  readonly refreshMs: number;
  readonly targetingUnit: string | undefined;
}

/** A variable is missing or wrong; the message names it and says what it may be. */
export class SettingsError extends Error {}

const DEFAULT_REFRESH_SECONDS = 30;
const MAX_REFRESH_SECONDS = 86_400;

/** Checks the variables. Throws {@link SettingsError}. */
export function readSettings(environment: Environment): Settings {
  return {
    rulesetUrl: below("CONTROL_URL", environment.CONTROL_URL, "v1/ruleset"),
    eventsUrl: below("COLLECTOR_URL", environment.COLLECTOR_URL, "v1/events"),
    refreshMs: refreshSeconds(environment.RULESET_REFRESH_SECONDS) * 1000,
    targetingUnit: environment.TARGETING_UNIT || undefined,
  };
}

function below(name: string, base: string | undefined, path: string): string {
  if (!base) throw new SettingsError(`${name} is not set; give the base URL of a running \`edgewise serve\``);
  if (!URL.canParse(base)) throw new SettingsError(`${name} is ${JSON.stringify(base)}, which is not a URL`);
  return new URL(path, base.endsWith("/") ? base : `${base}/`).href;
}

function refreshSeconds(given: string | undefined): number {
  if (!given) return DEFAULT_REFRESH_SECONDS;
  const seconds = Number(given);
  if (seconds >= 1 && seconds <= MAX_REFRESH_SECONDS) return seconds;
  throw new SettingsError(
    `RULESET_REFRESH_SECONDS is ${JSON.stringify(given)}; give a number of seconds from 1 to ${MAX_REFRESH_SECONDS}`,
  );
}
