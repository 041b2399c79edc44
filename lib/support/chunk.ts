/** What one chunk may hold. A single item that is larger than `weight` stands alone. */
export interface ChunkLimit<T> {
  readonly items: number;
  readonly weight?: number | undefined;
  readonly weigh?: ((item: T) => number) | undefined;
}

/** Cuts a list into runs that respect the limit, keeping its order. */
export function chunk<T>(list: readonly T[], limit: ChunkLimit<T>): T[][] {
  const chunks: T[][] = [];
  let current: T[] = [];
  let weight = 0;
  for (const item of list) {
    const own = limit.weight === undefined ? 0 : (limit.weigh?.(item) ?? 0);
    const full = current.length >= limit.items || weight + own > (limit.weight ?? Infinity);
    if (full && current.length > 0) {
      chunks.push(current);
      current = [];
      weight = 0;
    }
    current.push(item);
    weight += own;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}
