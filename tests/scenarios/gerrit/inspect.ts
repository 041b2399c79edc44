import type { DataSource } from 'typeorm';

import { readFigures } from '../../../examples/gerrit/figures';
import type { Tally, Violation } from '../scenario';
import { addCounts } from '../harness/outcome';
import { ledgerEntries, versionMoves } from './work';

/** Compares the rows with the ledger, and the ledger with what the writers were told. */
export async function inspect(
  source: DataSource,
  tallies: readonly Tally[],
): Promise<readonly Violation[]> {
  const { broken, lost, unacknowledged, commits } = await readFigures(source);
  const told = tallies.reduce((sum, { counts }) => sum + (counts[ledgerEntries] ?? 0), 0);
  return [
    { what: 'changes with a broken invariant', count: broken },
    { what: 'updates lost', count: lost },
    { what: 'updates applied and never acknowledged', count: unacknowledged },
    {
      what: 'commits told and not stored, or stored and not told',
      count: Math.abs(told - commits),
    },
    { what: 'row versions too many or too few', count: await countStrayVersions(source, tallies) },
  ];
}

/** A version moves once per acknowledged commit of its row. Plain save() has no such promise. */
async function countStrayVersions(source: DataSource, tallies: readonly Tally[]): Promise<number> {
  const acknowledged = addCounts(tallies.map(({ counts }) => counts))[versionMoves];
  if (acknowledged === undefined) return 0;
  const [row] = await source.query<{ readonly moves: unknown }[]>(
    'SELECT SUM(row_version - 1) AS moves FROM changes',
  );
  return Math.abs(Number(row?.moves) - acknowledged);
}
