/** All orders of some things; of none there is one. */
export function permutationsOf<T>(things: readonly T[]): T[][] {
  if (things.length === 0) return [[]];
  return things.flatMap((thing, index) =>
    permutationsOf(things.toSpliced(index, 1)).map((others) => [thing, ...others]),
  );
}
