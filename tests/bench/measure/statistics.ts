/** A middle value and where half of the values lie. */
export interface Spread {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The median and the quartiles, between neighbours where they fall between two.
 *
 * @throws {RangeError} There are no values.
 */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no values, no spread');
  const sorted = values.toSorted((one, other) => one - other);
  return {
    median: quantile(sorted, 0.5),
    lower: quantile(sorted, 0.25),
    upper: quantile(sorted, 0.75),
  };
}

/** The value below which a part, from 0 to 1, of some sorted values lies. */
export function quantile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/** Time by round; a round in which somebody took no part has no entry. */
export type Times = ReadonlyMap<number, number>;

/** How many times as long as the base somebody took, in each round in which both took part. */
export function ratiosOf(times: Times, base: Times): number[] {
  return [...times].flatMap(([round, time]) => {
    const other = base.get(round);
    return other === undefined ? [] : [time / other];
  });
}
