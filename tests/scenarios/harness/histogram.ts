/** How many operations needed 1, 2, … attempts: at index 0 those that needed one. */
export type Histogram = readonly number[];

export function addHistograms(histograms: readonly Histogram[]): Histogram {
  const length = Math.max(0, ...histograms.map((histogram) => histogram.length));
  return Array.from({ length }, (_, index) => total(histograms.map((some) => some[index] ?? 0)));
}

/** The least number of attempts that was enough for this part of the operations; 0 of none. */
export function percentile(histogram: Histogram, part: number): number {
  const enough = total(histogram) * part;
  let reached = 0;
  return histogram.findIndex((count) => (reached += count) >= enough) + 1;
}

/** The attempts of the operation that needed most of them; 0 of none. */
export const most = (histogram: Histogram): number =>
  histogram.findLastIndex((count) => count > 0) + 1;

/** How often an operation was run again. */
export const replaysOf = (histogram: Histogram): number =>
  total(histogram.map((count, index) => count * index));

export const total = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0);
