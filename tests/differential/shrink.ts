import type { Case, Start } from './case';
import { compareCases, type Copies } from './compare';

/** The smallest case that is found to differ as well, by leaving out one thing after the other. */
export async function shrink(copies: Copies, it: Case, difference: string): Promise<Case> {
  for (const smaller of smallerCases(it)) {
    const [comparison] = await compareCases(copies, [smaller]);
    if (isAlike(comparison?.difference, difference)) return shrink(copies, smaller, difference);
  }
  return it;
}

/** Another difference is another story. */
function isAlike(one: string | undefined, other: string): boolean {
  return one !== undefined && one.slice(0, 20) === other.slice(0, 20);
}

function* smallerCases(it: Case): Generator<Case> {
  for (const edits of without(it.edits)) if (edits.length > 0) yield { ...it, edits };
  for (const name of Object.keys(it.start) as (keyof Start)[]) {
    for (const rows of without<unknown>(it.start[name])) {
      const isNeeded = ['people', 'articles', 'topics'].includes(name) && rows.length === 0;
      if (!isNeeded) yield { ...it, start: { ...it.start, [name]: rows } };
    }
  }
}

function* without<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let i = list.length - 1; i >= 0; i--) yield list.toSpliced(i, 1);
}
