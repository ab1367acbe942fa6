/** For the loops that a programmer writes by hand: the experiments as they are. */
export function configure(experiments) {
  return JSON.stringify(experiments);
}
