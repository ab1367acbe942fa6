// Local evaluation by its client; the environment's document comes from a stand-in for `fetch`. The client evaluates
// the whole environment whatever it is asked for.
import { Flagsmith } from "flagsmith-nodejs";

export const title = "Flagsmith";
export const configuration = "flagsmith";
export const asynchronous = true;

const logger = { error: console.error, warn() {}, info() {}, debug() {} };
const A_DAY_IN_SECONDS = 86_400;

export async function open(text) {
  let environment = text;
  const fetch = async () => ({
    ok: true,
    status: 200,
    headers: { get: () => null },
    json: async () => JSON.parse(environment),
    text: async () => environment,
  });
  const flagsmith = new Flagsmith({
    environmentKey: "ser.bench",
    enableLocalEvaluation: true,
    environmentRefreshIntervalSeconds: A_DAY_IN_SECONDS,
    fetch,
    logger,
  });
  await flagsmith.updateEnvironment();
  // The stand-in must not keep alive what is weighed by itself.
  environment = "";
  const variantOf = (flag) => (flag.enabled ? flag.value : null);
  return {
    subject: (user, country, age, plan) => ({ user, traits: { country, age, plan } }),
    one: async ({ user, traits }, experiment) => (await flagsmith.getIdentityFlags(user, traits)).getFlag(experiment),
    variantOf,
    all: ({ user, traits }) => flagsmith.getIdentityFlags(user, traits),
    variantAt: (flags, _index, experiment) => variantOf(flags.getFlag(experiment)),
    close: () => flagsmith.close(),
  };
}
