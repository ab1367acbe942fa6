/** The rulesets of the tests, compiled from documents. */
import { Edgewise } from "edgewise";

const WHOLE = 1_000_000;

/** One running experiment on three flags, a paused one on a fourth, and flags of each type without experiments. */
const EXPERIMENTS = [
  {
    id: "checkout",
    iteration: 1,
    salt: "experiment:checkout@1",
    unit: "user",
    state: "running",
    targeting: { in: { attribute: ["country"], values: ["IN", "US"] } },
    variants: [
      { id: "control", control: true, overrides: { "checkout.color": '"grey"' } },
      {
        id: "treatment",
        overrides: {
          "checkout.color": '"green"',
          "checkout.express": "true",
          "checkout.steps": "2",
          "checkout.layout": '{"columns":2}',
        },
      },
    ],
    allocation: [
      { start: 0, end: WHOLE / 2, variant: "control" },
      { start: WHOLE / 2, end: WHOLE, variant: "treatment" },
    ],
  },
  {
    id: "sleeping",
    iteration: 1,
    salt: "experiment:sleeping@1",
    unit: "user",
    state: "paused",
    variants: [
      { id: "control", control: true },
      { id: "treatment", overrides: { "search.ranking": '"new"' } },
    ],
    allocation: [{ start: 0, end: WHOLE, variant: "treatment" }],
  },
];

const FLAGS = [
  { id: "checkout.color", salt: "flag:checkout.color", type: "string", default: '"blue"' },
  { id: "checkout.express", salt: "flag:checkout.express", type: "boolean", default: "false" },
  { id: "checkout.steps", salt: "flag:checkout.steps", type: "number", default: "3" },
  { id: "checkout.layout", salt: "flag:checkout.layout", type: "object", default: '{"columns":1}' },
  { id: "search.ranking", salt: "flag:search.ranking", type: "string", default: '"old"' },
  {
    id: "banner",
    salt: "flag:banner",
    type: "boolean",
    default: "false",
    rules: [{ condition: { compare: { attribute: ["plan"], operator: "eq", value: "pro" } }, value: "true" }],
  },
];

/** The ruleset that most tests serve. Another `banner` gives another ruleset: the default of the flag `banner`. */
export function rulesetBytes(banner = false): Uint8Array<ArrayBuffer> {
  const flags = FLAGS.map((flag) => (flag.id === "banner" ? { ...flag, default: String(banner) } : flag));
  return new Uint8Array(
    Edgewise.compile({ seed: "9f86d081884c7d65", units: ["user", "device"], experiments: EXPERIMENTS, flags }),
  );
}

/** Half and half on one flag, bound to the holdout `quiet`. */
const bound = (id: string, overrides: Record<string, string>): object => ({
  id,
  iteration: 1,
  salt: `experiment:${id}@1`,
  unit: "user",
  state: "running",
  holdouts: ["quiet"],
  variants: [
    { id: "control", control: true },
    { id: "treatment", overrides },
  ],
  allocation: [
    { start: 0, end: WHOLE / 2, variant: "control" },
    { start: WHOLE / 2, end: WHOLE, variant: "treatment" },
  ],
});

/** Two experiments on a flag each, which a third of the users is held out of. */
export function heldOutRulesetBytes(): Uint8Array<ArrayBuffer> {
  const flag = (id: string): object => ({ id, salt: `flag:${id}`, type: "string", default: '"old"' });
  return new Uint8Array(
    Edgewise.compile({
      seed: "9f86d081884c7d65",
      units: ["user"],
      holdouts: [{ id: "quiet", salt: "holdout:quiet", unit: "user", buckets: 333_333 }],
      experiments: [bound("paging", { "search.page": '"new"' }), bound("tone", { "search.tone": '"new"' })],
      flags: [flag("search.page"), flag("search.tone")],
    }),
  );
}

const ruleset = Edgewise.loadSync(rulesetBytes());

/** The variant of `checkout` that a user is in; what the tests expect of a worker elsewhere comes from here. */
export function checkoutVariant(user: string): string | null {
  return ruleset.context({ user, country: "IN" }).variant("checkout").variant;
}

/** The `n`-th user, from 0, whom `checkout` puts into `variant`. */
export function userIn(variant: string, n = 0): string {
  let found = 0;
  for (let candidate = 0; ; candidate++) {
    const user = `u_${candidate}`;
    if (checkoutVariant(user) === variant && found++ === n) return user;
  }
}

/** Experiments that need more than a ruleset: `kept` is sticky, with a device's id for want of a user's; `turns` and `calls` draw calls. */
export function rememberingRulesetBytes(variant: "control" | "treatment"): Uint8Array<ArrayBuffer> {
  const experiment = (id: string, more: object): object => ({
    id,
    iteration: 1,
    salt: `experiment:${id}@1`,
    unit: "user",
    state: "running",
    variants: [
      { id: "control", control: true, overrides: { [id]: '"control"' } },
      { id: "treatment", overrides: { [id]: '"treatment"' } },
    ],
    allocation: [
      { start: 0, end: WHOLE / 2, variant: "control" },
      { start: WHOLE / 2, end: WHOLE, variant: "treatment" },
    ],
    ...more,
  });
  const flag = (id: string): object => ({ id, salt: `flag:${id}`, type: "string", default: '"none"' });
  return new Uint8Array(
    Edgewise.compile({
      seed: "9f86d081884c7d65",
      units: ["user", "device"],
      experiments: [
        experiment("calls", { strategy: "random" }),
        experiment("kept", { sticky: true, fallback: "device", allocation: [{ start: 0, end: WHOLE, variant }] }),
        experiment("turns", { strategy: "round_robin" }),
      ],
      flags: [flag("calls"), flag("kept"), flag("turns")],
    }),
  );
}

/** Experiments of many kinds on flags of their own and together: held out, sticky, drawn a call, targeted. */
export function mixedRulesetBytes(): Uint8Array<ArrayBuffer> {
  const flag = (id: string): object => ({ id, salt: `flag:${id}`, type: "string", default: '"none"' });
  const looking = { or: [{ in: { attribute: ["country"], values: ["IN", "US"] } }, { present: ["tags"] }, { present: ["a", "b"] }] };
  return new Uint8Array(
    Edgewise.compile({
      tenant: 'a "tenant"',
      seed: "9f86d081884c7d65",
      units: ["user", "device"],
      holdouts: [{ id: "quiet", salt: "holdout:quiet", unit: "user", buckets: 333_333 }],
      experiments: [
        bound("paging", { "search.page": '"new"', "search.both": '"paging"' }),
        { ...bound("calls", { calls: '"new"' }), holdouts: [], strategy: "random" },
        { ...bound("kept", { kept: '"n\\"e\\\\w"' }), holdouts: [], sticky: true, fallback: "device" },
        { ...bound("looking", { looking: '"new"' }), targeting: looking },
        { ...bound("sleeping", { sleeping: '"new"' }), holdouts: [], state: "paused" },
      ],
      flags: ["calls", "kept", "looking", "search.both", "search.page", "sleeping"].map(flag),
    }),
  );
}

/** The experiment `hero` on pages: control changes nothing, the other variants do what `values` says. */
export function pagesRulesetBytes(values: Record<string, object>): Uint8Array<ArrayBuffer> {
  const others = Object.entries(values);
  const share = WHOLE / (others.length + 1);
  return new Uint8Array(
    Edgewise.compile({
      seed: "9f86d081884c7d65",
      units: ["user", "device"],
      experiments: [
        {
          id: "hero",
          iteration: 1,
          salt: "experiment:hero@1",
          unit: "device",
          state: "running",
          variants: [
            { id: "control", control: true },
            ...others.map(([id, value]) => ({ id, overrides: { "page.hero": JSON.stringify(value) } })),
          ],
          allocation: ["control", ...Object.keys(values)].map((variant, index) => ({
            start: Math.round(index * share),
            end: index === others.length ? WHOLE : Math.round((index + 1) * share),
            variant,
          })),
        },
      ],
      flags: [{ id: "page.hero", salt: "flag:page.hero", type: "object", default: "{}" }],
    }),
  );
}
