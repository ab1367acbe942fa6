// Local evaluation by its client; the definitions come from a stand-in for `fetch`.
import { PostHog } from "posthog-node";

export const title = "PostHog";
export const configuration = "posthog";
export const asynchronous = true;

/** Longer than any run, and still what a timer takes. */
const NEVER_IN_MILLISECONDS = 2 ** 30;

export async function open(text) {
  let definitions = text;
  const fetch = async (url) => ({
    status: 200,
    headers: { get: () => null },
    text: async () => definitions,
    json: async () => (String(url).includes("/flags/definitions") ? JSON.parse(definitions) : {}),
  });
  const posthog = new PostHog("phc_bench", {
    host: "http://127.0.0.1:1",
    personalApiKey: "phx_bench",
    fetch,
    enableLocalEvaluation: true,
    featureFlagsPollingInterval: NEVER_IN_MILLISECONDS,
    sendFeatureFlagEvent: false,
    disableGeoip: true,
  });
  await posthog.waitForLocalEvaluationReady(5000);
  // The stand-in must not keep alive what is weighed by itself.
  definitions = "{}";
  const local = { onlyEvaluateLocally: true, sendFeatureFlagEvents: false };
  return {
    subject: (user, country, age, plan) => ({ user, options: { ...local, personProperties: { country, age, plan } } }),
    one: ({ user, options }, experiment) => posthog.getFeatureFlag(experiment, user, options),
    variantOf: (value) => value || null,
    all: ({ user, options }) => posthog.getAllFlags(user, options),
    variantAt: (flags, _index, experiment) => flags[experiment] || null,
    close: () => posthog.shutdown(100),
  };
}
