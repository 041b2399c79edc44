import type { DataSource } from 'typeorm';

import { findBrokenRegistrations } from '../../../examples/nuget/broken-registrations';
import { addCounts } from '../harness/outcome';
import type { Tally, Violation } from '../scenario';
import { brokenMoments, editsTold } from './work';

/** Compares the flags with the versions, and the row versions with what the writers were told. */
export async function inspect(
  source: DataSource,
  tallies: readonly Tally[],
): Promise<readonly Violation[]> {
  const counts = addCounts(tallies.map((tally) => tally.counts));
  const broken = await findBrokenRegistrations(source);
  return [
    { what: 'registrations whose latest version is wrong', count: broken.length },
    { what: brokenMoments, count: counts[brokenMoments] ?? 0 },
    {
      what: 'row versions too many or too few',
      count: await countStrayVersions(source, counts[editsTold]),
    },
  ];
}

/** A version moves once per edit that was told. As the system did it nothing of that is promised. */
async function countStrayVersions(
  { manager }: DataSource,
  told: number | undefined,
): Promise<number> {
  if (told === undefined) return 0;
  const [row] = await manager.query<{ readonly moves: unknown }[]>(
    'SELECT SUM(row_version - 1) AS moves FROM package_registrations',
  );
  return Math.abs(Number(row?.moves) - told);
}
