// The loops that are timed. Each is compiled from text for one client, so that its calls know one callee; the answers
// are kept, so that the engine cannot leave their making out.

/** How many answers are held on to at once. A power of two. */
const KEPT = 8;
/** How often in a row a context is asked that is used again. */
const QUESTIONS = 100;

/**
 * @param {import("./contenders.mjs").Client} client
 * @param {{ asynchronous?: boolean, ask?: string, ids: string[], fresh: boolean }} what `fresh`: a new context for
 *   every call; else each is asked a hundred times
 * @returns {(units: object, calls: number) => number | Promise<number>} how many variants were given
 */
export function loopOf(client, { asynchronous, ask, ids, fresh }) {
  const wait = asynchronous ? "await " : "";
  const subject = "client.subject(users[at], countries[at], ages[at], plans[at])";
  const question = ask === undefined ? "client.all(subject)" : "client.one(subject, ask)";
  const text = `
    const kept = new Array(${KEPT});
    return ${asynchronous ? "async " : ""}function loop({ users, countries, ages, plans }, calls) {
      let assigned = 0;
      let at = 0;
      let left = ${fresh ? 1 : QUESTIONS};
      let subject = ${subject};
      for (let call = 0; call < calls; call++) {
        if (left-- === 0) {
          if (++at === users.length) at = 0;
          left = ${fresh ? 0 : QUESTIONS - 1};
          subject = ${subject};
        }
        const answer = ${wait}${question};
        kept[call & ${KEPT - 1}] = answer;
        ${ask === undefined ? COUNT_ALL : COUNT_ONE}
      }
      return assigned;
    };`;
  return new Function("client", "ask", "ids", text)(client, ask, ids);
}

const COUNT_ONE = "if (client.variantOf(answer) !== null) assigned++;";
const COUNT_ALL = `
        for (let index = 0; index < ids.length; index++) {
          if (client.variantAt(answer, index, ids[index]) !== null) assigned++;
        }`;
