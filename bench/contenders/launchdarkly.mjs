import { init } from "@launchdarkly/node-server-sdk";
import { TestData } from "@launchdarkly/node-server-sdk/integrations";

export const title = "LaunchDarkly";
export const configuration = "launchdarkly";
export const asynchronous = true;

const logger = { error: console.error, warn() {}, info() {}, debug() {} };

export async function open(text) {
  const data = new TestData();
  for (const flag of JSON.parse(text)) data.usePreconfiguredFlag(flag);
  const options = { updateProcessor: data.getFactory(), sendEvents: false, diagnosticOptOut: true, logger };
  const client = init("bench", options);
  await client.waitForInitialization({ timeout: 5 });
  return {
    subject: (user, country, age, plan) => ({ kind: "user", key: user, country, age, plan }),
    one: (context, experiment) => client.variation(experiment, context, null),
    variantOf: (value) => value,
    all: async (context) => (await client.allFlagsState(context)).allValues(),
    variantAt: (values, _index, experiment) => values[experiment],
    close: () => client.close(),
  };
}
