// The same experiments for everybody: each contender translates the neutral description into its own.
import { GrowthBookClient } from "@growthbook/growthbook";
import { FlagdCore } from "@openfeature/flagd-core";
import { Edgewise } from "edgewise";

/** What all are compared with: nothing but hashing `unit:experiment` and comparing with thresholds. */
export const FLOOR = "hand-written murmur3 loop";

/** Name to a function of experiments, which gives `one(context, id)` and `all(context)`. */
export const CONTENDERS = {
  [FLOOR]: murmur3Loop,
  edgewise,
  "flagd-core": flagd,
  "GrowthBook client": growthbook,
};

function edgewise(experiments) {
  const ruleset = Edgewise.loadSync(Edgewise.compile(document(experiments)));
  const now = Date.now();
  return {
    one: (context, id) => ruleset.context(context, { now }).variant(id).variant,
    all: (context) => ruleset.context(context, { now }).assignments(),
  };
}

function document(experiments) {
  return {
    seed: "9f86d081884c7d65",
    units: ["user"],
    flags: [],
    experiments: experiments.map(({ id, variants, targeting }) => ({
      id,
      iteration: 1,
      salt: `experiment:${id}@1`,
      unit: "user",
      state: "running",
      ...(targeting && { targeting: condition(targeting) }),
      variants: variants.map(({ id }, index) => ({ id, ...(index === 0 && { control: true }) })),
      allocation: thresholds(variants, 1_000_000).map(([start, end], index) => ({
        start,
        end,
        variant: variants[index].id,
      })),
    })),
  };
}

function condition({ countries, age, plan }) {
  return {
    and: [
      { in: { attribute: ["country"], values: countries } },
      { compare: { attribute: ["age"], operator: "ge", value: age } },
      { compare: { attribute: ["plan"], operator: "eq", value: plan } },
    ],
  };
}

/** Half-open ranges in proportion to the weights. */
function thresholds(variants, whole) {
  let start = 0;
  return variants.map(({ weight }) => {
    const end = start + Math.round(whole * weight);
    return [start, (start = end)];
  });
}

function flagd(experiments) {
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const core = new FlagdCore(undefined, quiet);
  const flags = experiments.map(({ id, variants, targeting }) => {
    const fractional = { fractional: variants.map(({ id, weight }) => [id, Math.round(weight * 100)]) };
    const rule = targeting && {
      if: [
        {
          and: [
            { in: [{ var: "country" }, targeting.countries] },
            { ">=": [{ var: "age" }, targeting.age] },
            { "==": [{ var: "plan" }, targeting.plan] },
          ],
        },
        fractional,
        null,
      ],
    };
    const values = Object.fromEntries([["off", ""], ...variants.map(({ id }) => [id, id])]);
    return [id, { state: "ENABLED", variants: values, defaultVariant: "off", targeting: rule ?? fractional }];
  });
  core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(flags) }));
  const own = ({ user, ...attributes }) => ({ targetingKey: user, ...attributes });
  return {
    one: (context, id) => core.resolveStringEvaluation(id, "", own(context), quiet).value || null,
    all: (context) => core.resolveAll(own(context), quiet),
  };
}

function growthbook(experiments) {
  const features = experiments.map(({ id, variants, targeting }) => {
    const condition = targeting && {
      country: { $in: targeting.countries },
      age: { $gte: targeting.age },
      plan: targeting.plan,
    };
    const rule = {
      key: id,
      seed: id,
      hashAttribute: "user",
      hashVersion: 2,
      coverage: 1,
      variations: variants.map(({ id }) => id),
      weights: variants.map(({ weight }) => weight),
      ...(condition && { condition }),
    };
    return [id, { defaultValue: null, rules: [rule] }];
  });
  const client = new GrowthBookClient().initSync({ payload: { features: Object.fromEntries(features) } });
  const ids = experiments.map(({ id }) => id);
  return {
    one: (context, id) => client.evalFeature(id, { attributes: context }).value,
    all: (context) => {
      const user = { attributes: context };
      return ids.map((id) => client.evalFeature(id, user).value);
    },
  };
}

function murmur3Loop(experiments) {
  const list = experiments.map(({ id, variants, targeting }) => ({
    suffix: `:${id}`,
    variants: variants.map(({ id }) => id),
    ends: thresholds(variants, 2 ** 32).map(([, end]) => end),
    targeting: targeting && { ...targeting, countries: new Set(targeting.countries) },
  }));
  const byId = new Map(experiments.map(({ id }, index) => [id, list[index]]));
  const draw = (context, { suffix, variants, ends, targeting }) => {
    if (targeting && !(targeting.countries.has(context.country) && context.age >= targeting.age)) return null;
    if (targeting && context.plan !== targeting.plan) return null;
    const hash = murmur3(context.user + suffix);
    let index = 0;
    while (hash >= ends[index]) index++;
    return variants[index];
  };
  return {
    one: (context, id) => draw(context, byId.get(id)),
    all: (context) => list.map((experiment) => draw(context, experiment)),
  };
}

/** MurmurHash3_x86_32 by Austin Appleby (public domain), seed 0, over the low byte of every UTF-16 code unit. */
function murmur3(text) {
  const length = text.length;
  const whole = length & ~3;
  let hash = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    let word =
      (text.charCodeAt(at) & 255) |
      ((text.charCodeAt(at + 1) & 255) << 8) |
      ((text.charCodeAt(at + 2) & 255) << 16) |
      (text.charCodeAt(at + 3) << 24);
    word = Math.imul(word, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let left = length - 1; left >= at; left--) tail = (tail << 8) | (text.charCodeAt(left) & 255);
  if (at < length) {
    tail = Math.imul(tail, 0xcc9e2d51);
    tail = (tail << 15) | (tail >>> 17);
    hash ^= Math.imul(tail, 0x1b873593);
  }
  hash ^= length;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
