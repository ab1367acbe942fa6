import onDevice from "@statsig/js-on-device-eval-client";

const { StatsigOnDeviceEvalClient } = onDevice;

export const title = "Statsig on-device";
export const configuration = "statsig";

const OFFLINE = { networkConfig: { preventAllNetworkTraffic: true }, disableStorage: true, disableLogging: true };
const UNLOGGED = { disableExposureLog: true };

export function open(text) {
  const ids = JSON.parse(text).dynamic_configs.map(({ name }) => name);
  const client = new StatsigOnDeviceEvalClient("client-bench", OFFLINE);
  client.dataAdapter.setData(text);
  client.initializeSync();
  return {
    subject: (user, country, age, plan) => ({ userID: user, country, custom: { age, plan } }),
    one: (user, experiment) => client.getExperiment(experiment, user, UNLOGGED),
    variantOf: (experiment) => experiment.value.group ?? null,
    all: (user) => ids.map((id) => client.getExperiment(id, user, UNLOGGED)),
    variantAt: (experiments, index) => experiments[index].value.group ?? null,
    close: () => client.shutdown(),
  };
}
