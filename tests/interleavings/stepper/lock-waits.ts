import type { TestDatabase } from '../../setup/on-each-database';
import { innodbTransactions } from '../../support/innodb-transactions';

/** Which connections wait for a lock, and for whom, where the server says so. */
export type LockWaits = ReadonlyMap<number, readonly number[]>;

/** The server's own account of now: locks that were granted a moment ago are not in it. */
export function readLockWaits(
  database: TestDatabase,
  connections: readonly number[],
): Promise<LockWaits> {
  return database.engine === 'postgres'
    ? readOnPostgres(database, connections)
    : readOnMySql(database);
}

async function readOnPostgres({ sql }: TestDatabase, ids: readonly number[]): Promise<LockWaits> {
  const rows = await sql(
    `SELECT id, pg_blocking_pids(id) AS blockers FROM unnest($1::int[]) AS id
      WHERE cardinality(pg_blocking_pids(id)) > 0`,
    [ids],
  );
  return new Map(rows.map(({ id, blockers }) => [Number(id), blockers as number[]]));
}

async function readOnMySql(database: TestDatabase): Promise<LockWaits> {
  const open = await innodbTransactions(database);
  return new Map(open.filter(({ waitsForLock }) => waitsForLock).map(({ id }) => [id, []]));
}

/**
 * Whether nothing will move until somebody lets one of the others go on: everybody of `running` waits,
 * and no two wait for each other, which the server would end by itself.
 */
export function areStuck(running: readonly number[], waits: LockWaits): boolean {
  return running.every((id) => waits.has(id) && !waitsForItself(id, waits));
}

function waitsForItself(start: number, waits: LockWaits): boolean {
  const seen = new Set<number>();
  const queue = [...(waits.get(start) ?? [])];
  for (const id of queue) {
    if (id === start) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    queue.push(...(waits.get(id) ?? []));
  }
  return false;
}
