import type { TestDatabase } from '../../setup/on-each-database';

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

/** Reads the report, because the tables of the information schema may be 0.1 s old or more. */
async function readOnMySql({ sql }: TestDatabase): Promise<LockWaits> {
  const [row] = await sql('SHOW ENGINE INNODB STATUS');
  const transactions = String(row?.['Status']).split('---TRANSACTION ').slice(1);
  const waiting = transactions.filter((text) => text.includes('\nLOCK WAIT '));
  const ids = waiting.map((text) => Number(/ thread id (\d+)/.exec(text)?.[1]));
  return new Map(ids.map((id) => [id, []]));
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
