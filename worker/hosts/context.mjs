// What a host gives to each request: a way to keep working after the answer. Here processes live on, and wait for that
// work when they are told to end.

/** @type {Set<Promise<unknown>>} */
const underWay = new Set();

export const context = {
  /** @param {Promise<unknown>} work */
  waitUntil(work) {
    const done = work.catch((error) => console.warn(`work behind an answer failed: ${error}`)).finally(() => underWay.delete(done));
    underWay.add(done);
  },
};

/** Resolves when all of it has ended. */
export async function settled() {
  while (underWay.size > 0) await Promise.all(underWay);
}
