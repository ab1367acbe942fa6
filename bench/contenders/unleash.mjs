import { once } from "node:events";
import { InMemStorageProvider, Unleash } from "unleash-client";

export const title = "Unleash";
export const configuration = "unleash";

export async function open(text) {
  const data = JSON.parse(text).features;
  const ids = data.map(({ name }) => name);
  const unleash = new Unleash({
    appName: "bench",
    instanceId: "bench",
    environment: "production",
    url: "http://127.0.0.1:1/",
    refreshInterval: 0,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data },
  });
  // It asks its server once, where there is none.
  unleash.on("error", () => {});
  unleash.on("warn", () => {});
  const ready = once(unleash, "ready");
  unleash.start();
  await ready;
  return {
    subject: (user, country, age, plan) => ({ userId: user, properties: { country, age, plan } }),
    one: (context, experiment) => unleash.getVariant(experiment, context),
    variantOf: (variant) => (variant.enabled ? variant.name : null),
    all: (context) => ids.map((id) => unleash.getVariant(id, context)),
    variantAt: (variants, index) => (variants[index].enabled ? variants[index].name : null),
    close: () => unleash.destroy(),
  };
}
