// Documents for the tests.

export const SEED = "9f86d081884c7d65";

export const halves = (first, second) => [
  { start: 0, end: 500_000, variant: first },
  { start: 500_000, end: 1_000_000, variant: second },
];

/** An experiment of two variants, half and half. */
export function experiment(id, changes = {}) {
  return {
    id,
    iteration: 1,
    salt: `experiment:${id}@1`,
    unit: "user",
    state: "running",
    variants: [{ id: "control", control: true }, { id: "treatment" }],
    allocation: halves("control", "treatment"),
    ...changes,
  };
}

export const equals = (attribute, value) => ({ compare: { attribute, operator: "eq", value } });

/** Two unit types, a targeted experiment that overrides a flag, an open one and a paused one. */
export const SHOP = {
  seed: SEED,
  tenant: "acme",
  environment: "production",
  units: ["user", "device"],
  experiments: [
    experiment("checkout"),
    experiment("paused", { state: "paused" }),
    experiment("rag_timing", {
      targeting: { and: [equals(["country"], "IN"), { present: ["app", "version"] }] },
      variants: [
        { id: "control", control: true, overrides: {} },
        { id: "parallel", overrides: { "rag.strategy": '"parallel"', "rag.limits": '{"depth":[1,2]}' } },
      ],
      allocation: halves("control", "parallel"),
    }),
  ],
  flags: [
    { id: "banner", salt: "flag:banner", type: "boolean", default: "false", rules: [
      { condition: equals(["beta"], true), value: "true" },
    ] },
    { id: "rag.limits", salt: "flag:rag.limits", type: "object", default: '{"depth":[1]}' },
    { id: "rag.strategy", salt: "flag:rag.strategy", type: "string", default: '"sequential"' },
  ],
};

export const NOW = Date.UTC(2026, 0, 5);

/** The first of the ids u_0, u_1, … for whom the question is answered with yes. */
export function firstUnit(question) {
  for (let number = 0; number < 1000; number++) {
    const id = `u_${number}`;
    if (question(id)) return id;
  }
  throw new Error("none of a thousand units");
}
