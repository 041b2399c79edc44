import type { DataSource } from 'typeorm';

import {
  AfterCommitError,
  CommitOutcomeUnknownError,
  configureUnitOfWork,
  unlimitedBudget,
  UnitOfWorkError,
  UnitOfWorkReceipt,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { doors, Gate, LetIn } from '../support/awaits/doors';
import {
  appliedTo,
  makeRows,
  runShape,
  shapes,
  type Hands,
  type Shape,
} from '../support/awaits/units';
import { inspectPool, withPool } from '../support/pools';
import { testedTypeorm } from '../support/tested-typeorm';

const poolSize = 2;
/** What happens when the gate is passed for the k-th time. */
const faults = {
  throws: () => {
    throw new LetIn('let in');
  },
  'gives up': (abort: AbortController) => abort.abort(),
} as const;

interface Course {
  readonly database: TestDatabase;
  readonly source: DataSource;
  readonly gate: Gate;
  readonly shape: Shape;
  readonly fault: (abort: AbortController) => void;
}

/** Lets the fault in at the k-th passage, and answers what is wrong afterwards. */
async function objectionsTo(course: Course, k: number): Promise<string[]> {
  const { database, source, gate, shape, fault } = course;
  const rows = await makeRows(database);
  const hands: Hands = { entities: [] };
  const abort = new AbortController();
  gate.arm(k, () => fault(abort));
  const error = await runShape(source, shape, rows, hands, abort.signal).then(
    () => undefined,
    (thrown: unknown) => thrown ?? new Error('nothing was thrown'),
  );
  gate.arm(0, () => undefined);
  const isOneRow = shape === shapes['of one row'];
  const applied = await appliedTo(database, rows, isOneRow);
  const times = applied[0]!;
  const objections: string[] = [];
  if (applied.some((one) => one !== times) || times > 1)
    objections.push(`applied ${applied.join(', ')}`);
  objections.push(...judge(error, times, shape, abort.signal.aborted));
  const pool = await inspectPool(database, source, poolSize);
  if (pool.connections < poolSize || pool.inTransaction.length > 0)
    objections.push(`the pool has ${JSON.stringify(pool)}`);
  // What is unknown may still be under way on the server: nobody may run it again.
  const isKnown = !(error instanceof CommitOutcomeUnknownError);
  if (error !== undefined && times === 0 && isKnown) objections.push(...changedIn(hands));
  if (times === 0 && isKnown) objections.push(...(await runsAgain(course, rows, isOneRow)));
  const told = error instanceof Error ? `${error.name}: ${error.message}` : 'nothing';
  return objections.map((text) => `at ${k}, told ${told}: ${text}`);
}

/** What the unit's caller is told must fit what is stored. */
function judge(error: unknown, times: number, { options }: Shape, isGivenUp: boolean): string[] {
  if (error === undefined) return times === 1 ? [] : ['told as committed'];
  if (!(error instanceof UnitOfWorkError || error instanceof LetIn))
    return ['the error has no type'];
  if (error instanceof AfterCommitError) return times === 1 ? [] : ['told as committed'];
  if (error instanceof CommitOutcomeUnknownError)
    // Whoever gives up does not wait until it is known.
    return options?.exactlyOnce && !isGivenUp ? ['unknown in spite of a receipt'] : [];
  return times === 0 ? [] : ['told as rolled back'];
}

/** Ids and versions that the library wrote are taken back. */
function changedIn({ entities, added }: Hands): string[] {
  const moved = entities.filter(({ version }) => version !== 1);
  return [
    ...moved.map(({ id, version }) => `account ${id} is at version ${version} in memory`),
    ...(added && (added.id !== undefined || added.version !== undefined)
      ? ['what was added has an id']
      : []),
  ];
}

async function runsAgain(
  { database, source, shape }: Course,
  rows: Awaited<ReturnType<typeof makeRows>>,
  isOneRow: boolean,
): Promise<string[]> {
  try {
    await runShape(source, shape, rows, { entities: [] });
  } catch (error) {
    return [`the same unit then failed: ${String(error)}`];
  }
  const applied = await appliedTo(database, rows, isOneRow);
  return applied.every((one) => one === 1)
    ? []
    : [`the same unit was then applied ${applied.join(', ')}`];
}

/** TypeORM 0.3 lets it out of a callback of mysql2: the process hears of it, and no caller ever does. */
const isUncaught = ({ engine }: TestDatabase, door: string, fault: string): boolean => {
  if (testedTypeorm === 'typeorm' || engine === 'postgres' || fault !== 'throws') return false;
  // Nor does 0.3.20 wait for a subscriber before it sends.
  const isUnawaited =
    testedTypeorm === 'typeorm-0320' && door === 'a subscriber before a query, later';
  return isUnawaited || door.startsWith('a subscriber after a query');
};

onEachDatabase(
  'a fault at every place where a unit waits',
  [Account, UnitOfWorkReceipt],
  (database) => {
    const courses = Object.keys(doors).flatMap((door) =>
      Object.keys(faults)
        .filter((fault) => !isUncaught(database, door, fault))
        .map((fault) => [door, fault as keyof typeof faults] as const),
    );

    it.each(courses)('leaves all or nothing and says which: %s %s', async (door, fault) => {
      const told: string[] = [];
      let places = 0;
      for (const [name, shape] of Object.entries(shapes)) {
        await withPool(database, { poolSize }, async (source) => {
          configureUnitOfWork(source, { budget: unlimitedBudget });
          const gate = new Gate();
          doors[door]!(source, gate.pass);
          const course = { database, source, gate, shape, fault: faults[fault] };
          // Twice: some statements are sent only by the first unit of a pool.
          for (let i = 0; i < 2; i++) {
            gate.arm(0, () => undefined);
            await runShape(source, shape, await makeRows(database), { entities: [] });
          }
          const count = gate.passed;
          places += count;
          for (let k = 1; k <= count; k++) {
            told.push(...(await objectionsTo(course, k)).map((text) => `${name}: ${text}`));
          }
        });
      }

      process.stdout.write(`${database.name}, ${door} ${fault}: ${places} places\n`);
      expect(places).toBeGreaterThan(0);
      expect(told).toEqual([]);
    });
  },
  ({ name }) => name === 'postgres' || name === 'mariadb',
);
