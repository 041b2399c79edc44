/** Different keys from 1 to `rows`, in an order of chance. */
export function chooseKeys(rows: number, picks: number, random: () => number): readonly number[] {
  const keys = new Set<number>();
  while (keys.size < Math.min(picks, rows)) keys.add(1 + Math.floor(random() * rows));
  return [...keys];
}
