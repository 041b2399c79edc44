/** The most over the fewest; one that finished nothing counts as if it had finished one. */
export const spreadBetween = (finished: readonly number[]): number =>
  Math.max(...finished, 1) / Math.max(Math.min(...finished), 1);

/**
 * 1 if all have the same, 1/n if one of n has everything.
 *
 * @see R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness", DEC-TR-301, 1984
 */
export function jainIndex(finished: readonly number[]): number {
  const sum = finished.reduce((one, other) => one + other, 0);
  const squares = finished.reduce((all, one) => all + one * one, 0);
  return squares === 0 ? 1 : (sum * sum) / (finished.length * squares);
}
