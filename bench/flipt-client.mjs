/** Opens Flipt's client, the whole or the slim one; the snapshot comes from a stand-in for `fetch`. */
export async function openFlipt(FliptClient, text, options) {
  const keys = JSON.parse(text).flags.map(({ key }) => key);
  let snapshot = text;
  const fetcher = async () => ({
    ok: true,
    status: 200,
    statusText: "OK",
    headers: { get: () => null },
    json: async () => JSON.parse(snapshot),
  });
  const place = { namespace: "default", environment: "default", url: "http://127.0.0.1:1", updateInterval: 0, fetcher };
  const client = await FliptClient.init(place, options);
  // The stand-in must not keep alive what is weighed by itself.
  snapshot = "";
  const variantOf = (evaluation) => (evaluation.match ? evaluation.variantKey : null);
  return {
    subject: (user, country, age, plan) => ({ entityId: user, context: { country, age: String(age), plan } }),
    one: ({ entityId, context }, experiment) => client.evaluateVariant({ flagKey: experiment, entityId, context }),
    variantOf,
    all: ({ entityId, context }) =>
      client.evaluateBatch(keys.map((flagKey) => ({ flagKey, entityId, context }))).responses,
    variantAt: (responses, index) => variantOf(responses[index].variantEvaluationResponse),
    close: () => client.close(),
  };
}
