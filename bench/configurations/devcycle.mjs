/** A project configuration: one feature with one variable each. */
export function configure(experiments) {
  const numbered = experiments.map((experiment, index) => ({ ...experiment, number: index + 1 }));
  return JSON.stringify({
    project: {
      _id: objectId("1", 1),
      key: "bench",
      a0_organization: "org_bench",
      settings: { edgeDB: { enabled: false }, disablePassthroughRollouts: false },
    },
    environment: { _id: objectId("2", 1), key: "production" },
    features: numbered.map(featureOf),
    variables: numbered.map(({ id, number }) => ({ _id: objectId("a", number), key: id, type: "String" })),
    variableHashes: Object.fromEntries(numbered.map(({ id, number }) => [id, number])),
    audiences: {},
  });
}

/** Ids are 24 hexadecimal digits; the first ones say what of. */
function objectId(kind, number) {
  return kind + String(number).padStart(24 - kind.length, "0");
}

function featureOf({ id, number, variants, targeting }) {
  const variation = (index) => objectId(`b${index}`, number);
  const target = {
    _id: objectId("d", number),
    _audience: { _id: objectId("e", number), filters: { operator: "and", filters: filtersOf(targeting) } },
    distribution: variants.map(({ weight }, index) => ({ _variation: variation(index), percentage: weight })),
  };
  return {
    _id: objectId("f", number),
    key: id,
    type: "experiment",
    variations: variants.map(({ id }, index) => ({
      _id: variation(index),
      name: id,
      key: id,
      variables: [{ _var: objectId("a", number), value: id }],
    })),
    configuration: {
      _id: objectId("c", number),
      prerequisites: [],
      winningVariation: null,
      forcedUsers: {},
      targets: [target],
    },
  };
}

function filtersOf(targeting) {
  if (!targeting) return [{ type: "all", comparator: "=", values: [] }];
  const { countries, age, plan } = targeting;
  const custom = { type: "user", subType: "customData" };
  return [
    { type: "user", subType: "country", comparator: "=", values: countries },
    { ...custom, comparator: ">=", values: [age], dataKey: "age", dataKeyType: "Number" },
    { ...custom, comparator: "=", values: [plan], dataKey: "plan", dataKeyType: "String" },
  ];
}
