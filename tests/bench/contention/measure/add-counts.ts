export type Counts = Readonly<Record<string, number>>;

/** The sum of each count. */
export function addCounts(all: readonly Counts[]): Counts {
  const sums: Record<string, number> = {};
  for (const [name, count] of all.flatMap((counts) => Object.entries(counts))) {
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

export const sumOf = (values: readonly number[]): number =>
  values.reduce((one, other) => one + other, 0);
