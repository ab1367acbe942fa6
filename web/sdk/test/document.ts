/** The ruleset that most tests serve, and whom it puts where. */
import assert from "node:assert/strict";
import { Edgewise } from "edgewise";

const WHOLE = 1_000_000;

/** An experiment on a flag, half and half. */
function experiment(id: string, unit: string, flag: string, value: string, more: object = {}): object {
  return {
    id,
    iteration: 1,
    salt: `experiment:${id}@1`,
    unit,
    state: "running",
    variants: [
      { id: "control", control: true },
      { id: "treatment", overrides: { [flag]: value } },
    ],
    allocation: [
      { start: 0, end: WHOLE / 2, variant: "control" },
      { start: WHOLE / 2, end: WHOLE, variant: "treatment" },
    ],
    ...more,
  };
}

const FLAGS = [
  { id: "color", salt: "flag:color", type: "string", default: '"blue"' },
  { id: "menu", salt: "flag:menu", type: "string", default: '"top"' },
  { id: "pages", salt: "flag:pages", type: "boolean", default: "false" },
  { id: "steps", salt: "flag:steps", type: "number", default: "3" },
  { id: "layout", salt: "flag:layout", type: "object", default: '{"columns":1}' },
];

const CHECKOUT = experiment("checkout", "user", "color", '"green"', {
  targeting: { in: { attribute: ["country"], values: ["IN", "US"] } },
});
const MENU = experiment("menu", "device", "menu", '"side"');

/** What the small evaluator reads: an experiment on users and one on devices. `steps` is the default of that flag. */
export function rulesetBytes(steps = 3): Uint8Array<ArrayBuffer> {
  const flags = FLAGS.map((flag) => (flag.id === "steps" ? { ...flag, default: String(steps) } : flag));
  return compile({ experiments: [CHECKOUT, MENU], flags });
}

/** What takes the whole evaluator: a holdout. */
export function heldOutRulesetBytes(): Uint8Array<ArrayBuffer> {
  const paging = experiment("paging", "user", "pages", "true", {
    holdouts: ["quiet"],
    allocation: [{ start: 0, end: WHOLE, variant: "treatment" }],
  });
  const holdouts = [{ id: "quiet", salt: "holdout:quiet", unit: "user", buckets: WHOLE / 2 }];
  return compile({ experiments: [CHECKOUT, paging], holdouts, flags: FLAGS });
}

/** An experiment on devices that changes pages at the edge, `h1`, and a flag that scripts ask for. */
export function pagesRulesetBytes(): Uint8Array<ArrayBuffer> {
  const page = JSON.stringify({ paths: ["/"], changes: [{ select: "h1", text: "treatment" }] });
  const hero = {
    ...experiment("hero", "device", "color", '"green"'),
    variants: [
      { id: "control", control: true },
      { id: "treatment", overrides: { color: '"green"', "page.hero": page } },
    ],
  };
  return compile({ experiments: [hero], flags: [...FLAGS, { id: "page.hero", salt: "flag:page.hero", type: "object", default: "{}" }] });
}

/** A sticky experiment on devices that puts everybody into the one variant. */
export function stickyRulesetBytes(variant: string): Uint8Array<ArrayBuffer> {
  const allocation = [{ start: 0, end: WHOLE, variant }];
  return compile({ experiments: [experiment("kept", "device", "menu", '"side"', { sticky: true, allocation })], flags: FLAGS });
}

function compile(document: object): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Edgewise.compile({ seed: "9f86d081884c7d65", units: ["user", "device"], ...document }));
}

export const ruleset = Edgewise.loadSync(rulesetBytes());
export const heldOutRuleset = Edgewise.loadSync(heldOutRulesetBytes());

/** The first user whom `checkout` puts into the variant. */
export function userIn(variant: string): string {
  return firstUser((user) => ruleset.context({ user, country: "IN" }).variant("checkout").variant === variant);
}

export function firstUser(fits: (user: string) => boolean): string {
  const user = Array.from({ length: 64 }, (_, n) => `u_${n}`).find(fits);
  return user ?? assert.fail("none of 64 users fits");
}
