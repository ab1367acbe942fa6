// A figure beside what it may be.

/** @param {string} what @param {number} figure @param {number} most @param {string} unit */
export function judge(what, figure, most, unit) {
  console.log(`  ${figure <= most ? "reached" : "MISSED "}  ${what}; at most ${most} ${unit}`);
}
