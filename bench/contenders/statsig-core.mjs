// A native addon, not WebAssembly: what the boundary costs where the other side is not in a browser.
import core from "@statsig/statsig-node-core";

const { Statsig, StatsigUser } = core;

export const title = "Statsig core (native addon)";
export const configuration = "statsig-core";

const UNLOGGED = { disableExposureLogging: true };

export async function open(text) {
  const parsed = JSON.parse(text);
  const ids = Object.keys(parsed.dynamic_configs);
  let specs = text;
  const dataStore = {
    initialize: async () => {},
    shutdown: async () => {},
    get: async () => ({ result: specs, time: parsed.time }),
    set: async () => {},
    supportPollingUpdatesFor: async () => false,
  };
  const statsig = new Statsig("secret-bench", {
    dataStore,
    disableNetwork: true,
    disableAllLogging: true,
    disableCountryLookup: true,
    disableUserAgentParsing: true,
    outputLogLevel: "none",
    specsSyncIntervalMs: 3_600_000,
    specAdaptersConfig: [{ adapterType: "data_store", initTimeoutMs: 3000 }],
  });
  await statsig.initialize();
  // The stand-in for a store must not keep alive what is weighed by itself.
  specs = "";
  return {
    subject: (user, country, age, plan) => new StatsigUser({ userID: user, country, custom: { age, plan } }),
    one: (user, experiment) => statsig.getExperiment(user, experiment, UNLOGGED),
    variantOf: (experiment) => experiment.value.group ?? null,
    all: (user) => ids.map((id) => statsig.getExperiment(user, id, UNLOGGED)),
    variantAt: (experiments, index) => experiments[index].value.group ?? null,
    close: () => statsig.shutdown(),
  };
}
