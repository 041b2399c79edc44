import type { DataSource } from 'typeorm';

import { fillDatabase } from '../../../../examples/gerrit/database';
import { Change, LedgerEntry, PatchSet } from '../../../../examples/gerrit/entities';
import { readFigures } from '../../../../examples/gerrit/figures';
import type { IsolationLevel } from '../../../../lib/index';
import { onEachDatabase, type TestDatabase } from '../../../setup/on-each-database';
import { levelsOf } from '../../harness/cells';

/** Where two people meet: each on connections of their own, and the changes as they were filled. */
export interface Stage {
  readonly database: TestDatabase;
  readonly source: DataSource;
  /** The rival's pool: its units are not inside those of `source`. */
  readonly rival: DataSource;
}

/** Defines the same tests on every database, with 20 fresh changes for each of them. */
export function onEachStage(title: string, define: (stage: Stage) => void): void {
  onEachDatabase(`Gerrit: ${title}`, [Change, PatchSet, LedgerEntry], (database) => {
    let rival: DataSource;
    beforeAll(async () => {
      rival = await database.openSource();
    });
    beforeEach(async () => {
      for (const table of ['patch_sets', 'changes', 'ledger']) {
        await database.sql(`DELETE FROM ${table}`);
      }
      await fillDatabase(database.source);
    });

    define({
      database,
      get source() {
        return database.source;
      },
      get rival() {
        return rival;
      },
    });
  });
}

/** Defines the same tests for each isolation level of the workloads. */
export function onEachLevel(
  { database }: Stage,
  define: (isolation: IsolationLevel) => void,
): void {
  for (const isolation of levelsOf(database)) {
    describe(`at ${isolation}`, () => define(isolation));
  }
}

/**
 * Whether a transaction of this level may not write a row that changed after its snapshot was taken,
 * whatever column changed.
 */
export const refusesStaleRows = ({ database }: Stage, isolation: IsolationLevel): boolean =>
  isolation !== 'READ COMMITTED' &&
  (database.engine === 'postgres' || database.name === 'mariadb snapshot-isolation');

/** What of the acknowledged commits is gone, or was never acknowledged; and which changes are broken. */
export async function whatIsWrong({ source }: Stage) {
  const { lost, unacknowledged, broken } = await readFigures(source);
  return { lost, unacknowledged, broken };
}

export const nothing = { lost: 0, unacknowledged: 0, broken: 0 };

export async function patchSetsOf({ database }: Stage, changeId: number): Promise<number[]> {
  const rows = await database.sql(
    'SELECT patch_set_id FROM patch_sets WHERE change_id = $1 ORDER BY patch_set_id',
    [changeId],
  );
  return rows.map((row) => Number(row['patch_set_id']));
}

export interface StoredChange {
  readonly current: number;
  readonly submits: number;
  readonly reviews: number;
  readonly version: number;
}

export async function storedChange({ database }: Stage, changeId: number): Promise<StoredChange> {
  const [row] = await database.sql(
    `SELECT current_patch_set_id AS current, submit_count AS submits, review_count AS reviews,
            row_version AS version
       FROM changes WHERE change_id = $1`,
    [changeId],
  );
  return row as unknown as StoredChange;
}

/** Lets a rival in the first time only: a replay meets nobody. */
export function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => (done ??= work());
}
