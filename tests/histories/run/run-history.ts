import type { DataSource } from 'typeorm';

import type { IsolationLevel } from '../../../lib/index';
import { seededRandom } from '../../scenarios/harness/random';
import type { TestDatabase } from '../../setup/on-each-database';
import type { History, UnitRecord } from '../checker/history';
import { drawPrograms } from '../programs/draw';
import { readPlace, takePlace } from './place';
import type { Runner } from './run-unit';

/** Pools stand for processes: what replays share, they share in a data source. */
export interface Pools {
  readonly database: TestDatabase;
  readonly sources: readonly DataSource[];
}

const pools = 2;
const writersOfPool = 4;

export async function openPools(database: TestDatabase): Promise<Pools> {
  const opening = Array.from({ length: pools }, () =>
    database.openSource({ poolSize: writersOfPool, extra: extraOf(database) }),
  );
  return { database, sources: await Promise.all(opening) };
}

/** PostgreSQL looks for deadlocks after 1 s: two flushes, or two locks, of a unit may run into one. */
const extraOf = ({ engine }: TestDatabase) =>
  engine === 'postgres' ? { options: '-c deadlock_timeout=10ms' } : {};

/** What one history is made of. */
export interface Plan {
  readonly seed: number;
  readonly units: number;
  readonly guarded: number;
  readonly isolation: IsolationLevel;
}

/** Lets as many writers as there are connections run the units of a history on rows of their own. */
export async function runHistory(
  { database, sources }: Pools,
  { seed, units, guarded, isolation }: Plan,
  run: Runner,
): Promise<History> {
  const programs = drawPrograms({ random: seededRandom(seed), units, guarded }).values();
  const place = await takePlace(database);
  const before = await readPlace(database, place);
  const records: UnitRecord[] = [];
  const write = async (source: DataSource) => {
    for (const program of programs) records.push(await run(source, program, place, isolation));
  };
  const writers = sources.flatMap((source) => Array.from({ length: writersOfPool }, () => source));
  const ended = await Promise.allSettled(writers.map(write));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return { units: records, before, after: await readPlace(database, place) };
}
