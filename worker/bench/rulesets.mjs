// Rulesets of the benchmark.
import { Edgewise } from "edgewise";

const WHOLE = 1_000_000;

/** @param {string} id @param {string} unit @param {Record<string, unknown>} overrides */
const experiment = (id, unit, overrides) => ({
  id,
  iteration: 1,
  salt: `experiment:${id}@1`,
  unit,
  state: "running",
  targeting: { in: { attribute: ["country"], values: ["IN", "US"] } },
  variants: [{ id: "control", control: true }, { id: "treatment", overrides: Object.fromEntries(Object.entries(overrides).map(([flag, value]) => [flag, JSON.stringify(value)])) }],
  allocation: [
    { start: 0, end: WHOLE / 2, variant: "control" },
    { start: WHOLE / 2, end: WHOLE, variant: "treatment" },
  ],
});

/** A hundred flags, and so many experiments, on a flag each. @param {number} experiments */
export function flagsRuleset(experiments) {
  const ids = Array.from({ length: 100 }, (_, index) => `flag.${String(index).padStart(3, "0")}`);
  return Edgewise.compile({
    seed: "9f86d081884c7d65",
    units: ["user"],
    experiments: ids.slice(0, experiments).map((id, index) => experiment(`experiment_${index}`, "user", { [id]: "new" })),
    flags: ids.map((id) => ({
      id,
      salt: `flag:${id}`,
      type: "string",
      default: '"old"',
      rules: [{ condition: { compare: { attribute: ["plan"], operator: "eq", value: "pro" } }, value: '"pro"' }],
    })),
  });
}

/** One experiment that changes texts and attributes of every page, for everybody. */
export function pagesRuleset() {
  const changes = [
    { select: "h1", text: "Warm socks" },
    { select: "a.buy", attribute: "href", value: "/buy?now=1" },
    { select: "#hero", html: "<b>new</b>", place: "append" },
  ];
  const hero = experiment("hero", "device", { "page.hero": { paths: ["/*"], changes } });
  return Edgewise.compile({
    seed: "9f86d081884c7d65",
    units: ["device"],
    experiments: [{ ...hero, targeting: undefined, allocation: [{ start: 0, end: WHOLE, variant: "treatment" }] }],
    flags: [{ id: "page.hero", salt: "flag:page.hero", type: "object", default: "{}" }],
  });
}
