// Whom the experiments are asked for: the same units for everybody, made from a seed.
import { TARGETING } from "./experiments.mjs";

const ELSEWHERE = ["BR", "IN", "ZA", "AU"];
/** Of each rule's attribute, so many in a hundred fit the rule: 0.8 ** 3, about half the units, fit all three. */
const FITTING = 80;

/**
 * Columns rather than objects: who measures makes a context of his own kind from the four values.
 *
 * @returns {{ users: string[], countries: string[], ages: number[], plans: string[] }}
 */
export function makeUnits(count, seed) {
  const random = generator(seed);
  const below = (bound) => random() % bound;
  const units = { users: [], countries: [], ages: [], plans: [] };
  for (let index = 0; index < count; index++) {
    const countries = below(100) < FITTING ? TARGETING.countries : ELSEWHERE;
    units.users.push(uuid(random));
    units.countries.push(countries[below(countries.length)]);
    units.ages.push(below(100) < FITTING ? TARGETING.age + below(60) : below(TARGETING.age));
    units.plans.push(below(100) < FITTING ? TARGETING.plan : "free");
  }
  return units;
}

/** A version 4 UUID, flat in memory as one out of a cookie is, so that nobody pays for joining it at first touch. */
function uuid(random) {
  const bytes = Buffer.alloc(16);
  for (let at = 0; at < 16; at += 4) bytes.writeUInt32LE(random(), at);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return Buffer.from(groups.join("-"), "latin1").toString("latin1");
}

/** Mulberry32 by Tommy Ettinger (public domain): 32 bits a call. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
