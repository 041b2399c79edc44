import type { DataSource } from 'typeorm';

import { findBrokenRevisions } from '../../../examples/porch/broken-revisions';
import { addCounts } from '../harness/outcome';
import type { Tally, Violation } from '../scenario';
import { countOverwritten, countUnacknowledged } from './ledger';
import { brokenMoments, movesTold, tornReads } from './writer';

/** Compares the files with their packages, and both with what the writers were told. */
export async function inspect(
  source: DataSource,
  tallies: readonly Tally[],
): Promise<readonly Violation[]> {
  const counts = addCounts(tallies.map((tally) => tally.counts));
  const broken = await findBrokenRevisions(source);
  return [
    { what: 'packages with files of several writers', count: broken.length },
    { what: brokenMoments, count: counts[brokenMoments] ?? 0 },
    { what: tornReads, count: counts[tornReads] ?? 0 },
    { what: 'contents overwritten unseen', count: await countOverwritten(source) },
    { what: 'contents that nobody was told of', count: await countUnacknowledged(source) },
    {
      what: 'row versions too many or too few',
      count: await countStrayVersions(source, counts[movesTold]),
    },
  ];
}

/** A version moves once per change that was told. As the system did it nothing of that is promised. */
async function countStrayVersions(
  { manager }: DataSource,
  told: number | undefined,
): Promise<number> {
  if (told === undefined) return 0;
  const [row] = await manager.query<{ readonly moves: unknown }[]>(
    'SELECT SUM(row_version - 1) AS moves FROM package_revisions',
  );
  return Math.abs(Number(row?.moves) - told);
}
