import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Column, Entity, In, ManyToOne, PrimaryGeneratedColumn, type DataSource } from 'typeorm';

import {
  allOf,
  exponentialBackoff,
  fullJitter,
  maxAttempts,
  RowVersion,
  unitOfWork,
  type IsolationLevel,
  type UnitOfWork,
} from '../../lib/index';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { Barrier } from '../support/barrier';
import { Failures } from '../support/failures';
import { isMainPlace, isMainTypeorm } from '../support/how-many-rounds';
import { hasServerSeenDeadlock } from '../support/server-deadlocks';

@Entity()
class Shelf {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int', default: 0 })
  changes: number;

  @RowVersion()
  version: number;
}

@Entity()
class Box {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int', default: 0 })
  changes: number;

  @ManyToOne(() => Shelf)
  shelf: Shelf | null;

  @RowVersion()
  version: number;
}

/** The rows of one pair of units; pairs that run at the same time have rows of their own. */
interface Lane {
  readonly shelves: readonly number[];
  readonly boxes: readonly number[];
}

type Role = 'first' | 'second';

/** Two units that take the same rows in opposite orders. */
interface Crossing {
  readonly title: string;
  /** What both units together do in a round. */
  readonly changes: number;
  readonly inserts: number;
  /** Whether one of the units only reads what both lock: where reading locks, the other one waits for it. */
  readonly isOneSided?: true;
  load(uow: UnitOfWork, lane: Lane, role: Role): Promise<() => void>;
}

const pool = 'deadlock-test';
const lanes = 4;
const rowsOfLane = 8;
// 40 are what the mutants need to deadlock.
const elsewhere = isMainTypeorm ? 100 : 40;
const roundsAt = (database: TestDatabase, isolation: IsolationLevel): number =>
  Number(process.env['DEADLOCK_ROUNDS'] ?? (isMainPlace(database, isolation) ? 500 : elsewhere));
// A case takes 1 to 5 s; a busy machine may take ten times as long.
const timeoutMs = 300_000;
const patience = allOf(maxAttempts(100), fullJitter(exponentialBackoff({ baseMs: 2, capMs: 50 })));

const ordered = (role: Role) => ({ id: role === 'first' ? 'ASC' : 'DESC' }) as const;

const crossings: readonly Crossing[] = [
  {
    title: 'two units that change rows of two tables in opposite orders',
    changes: 2 * rowsOfLane,
    inserts: 0,
    async load(uow, { shelves, boxes }, role) {
      const loadShelves = () =>
        uow.find(Shelf, { where: { id: In([...shelves]) }, order: ordered(role) });
      const loadBoxes = () =>
        uow.find(Box, { where: { id: In([...boxes]) }, order: ordered(role) });
      const shelvesFirst = role === 'first';
      const first = shelvesFirst ? await loadShelves() : await loadBoxes();
      const second = shelvesFirst ? await loadBoxes() : await loadShelves();
      return () => {
        for (const row of [...first, ...second]) row.changes += 1;
      };
    },
  },
  {
    title: 'two units that insert children of each other’s parent',
    changes: 2,
    inserts: 4,
    async load(uow, { shelves }, role) {
      const where = { id: In(shelves.slice(0, 2)) };
      const parents = await uow.find(Shelf, { where, order: ordered(role) });
      return () => {
        parents[0]!.changes += 1;
        uow.add(parents.map((shelf) => Object.assign(new Box(), { shelf })));
      };
    },
  },
  {
    title: 'two units that insert children and change their parents',
    changes: 2 * rowsOfLane,
    inserts: 2 * rowsOfLane,
    async load(uow, { shelves }, role) {
      const where = { id: In([...shelves]) };
      const parents = await uow.find(Shelf, { where, order: ordered(role) });
      return () => {
        uow.add(parents.map((shelf) => Object.assign(new Box(), { shelf })));
        for (const parent of parents) parent.changes += 1;
      };
    },
  },
  {
    title: 'a unit that moves children and one that changes their new parents',
    changes: rowsOfLane,
    inserts: 0,
    isOneSided: true,
    async load(uow, { shelves, boxes }, role) {
      const parents = await uow.find(Shelf, { where: { id: In([...shelves]) } });
      if (role === 'second') {
        return () => {
          for (const parent of parents) parent.changes += 1;
        };
      }
      const children = await uow.find(Box, { where: { id: In([...boxes]) }, order: { id: 'ASC' } });
      // Last parents first, and each time others.
      const byId = parents.toSorted((one, other) => other.id - one.id);
      return () => {
        for (const [i, child] of children.entries()) {
          child.changes += 1;
          child.shelf = byId[(i + child.changes) % byId.length] ?? null;
        }
      };
    },
  },
];

async function insertLanes(source: DataSource): Promise<Lane[]> {
  const insert = async (create: () => Shelf | Box) => {
    const rows = Array.from({ length: rowsOfLane }, create);
    await unitOfWork(source, async (uow) => uow.add(rows));
    return rows.map(({ id }) => id);
  };
  const inserted: Lane[] = [];
  while (inserted.length < lanes) {
    inserted.push({
      shelves: await insert(() => new Shelf()),
      boxes: await insert(() => new Box()),
    });
  }
  return inserted;
}

/** Both units have loaded their rows, or one was lost over it, before either of them writes. */
async function runRound(
  source: DataSource,
  crossing: Crossing,
  lane: Lane,
  failures: Failures,
  isolation: IsolationLevel,
): Promise<void> {
  const bothLoaded = new Barrier(2);
  const run = (role: Role) =>
    unitOfWork(
      source,
      async (uow) => {
        // PostgreSQL may refuse even a read at SERIALIZABLE; nobody may wait for that attempt.
        const change = await crossing.load(uow, lane, role).catch((error: unknown) => {
          bothLoaded.open();
          throw error;
        });
        if (uow.attempt === 1) await bothLoaded.pass();
        change();
      },
      { retry: failures.count(patience), isolation },
    );
  await Promise.all([run('first'), run('second')]);
}

/** What the database holds after all rounds, and how many attempts failed on the way. */
interface Outcome {
  readonly failures: Failures;
  readonly changes: number;
  readonly versions: number;
  readonly inserts: number;
}

/** Runs rounds, several pairs of units at a time, and ends early at a deadlock that must not be. */
async function runRounds(
  database: TestDatabase,
  crossing: Crossing,
  isolation: IsolationLevel,
  { count, endsAtDeadlock }: { readonly count: number; readonly endsAtDeadlock: boolean },
): Promise<Outcome> {
  const source = await database.openSource({ poolSize: 2 * lanes, applicationName: pool });
  const all = await insertLanes(source);
  const boxesBefore = await source.manager.count(Box);
  const failures = new Failures();
  let left = count;
  const goesOn = () => left-- > 0 && !(endsAtDeadlock && failures.of('deadlock') > 0);
  const runLane = async (lane: Lane) => {
    while (goesOn()) {
      await runRound(source, crossing, lane, failures, isolation);
    }
  };
  const started = performance.now();
  await Promise.all(all.map(runLane));
  report(database, crossing, isolation, `${count} rounds`, performance.now() - started, failures);
  const ids = all.flatMap(({ shelves }) => [...shelves]);
  const rows = await source.manager.findBy(Shelf, { id: In(ids) });
  const inserts = (await source.manager.count(Box)) - boxesBefore;
  await source.destroy();
  const changes = sum(rows.map((row) => row.changes));
  const versions = sum(rows.map((row) => row.version - 1));
  return { failures, changes, versions, inserts };
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0);

function report(
  { name }: TestDatabase,
  { title }: Crossing,
  isolation: IsolationLevel,
  what: string,
  ms: number,
  failures: Failures,
): void {
  const seconds = (ms / 1_000).toFixed(1);
  process.stdout.write(
    `deadlock on ${name} at ${isolation}: ${title}: ${what} in ${seconds} s, ` +
      `failed attempts: ${failures.toString()}\n`,
  );
}

async function insertShelves(source: DataSource, count: number): Promise<number[]> {
  const shelves = Array.from({ length: count }, () => new Shelf());
  await unitOfWork(source, async (uow) => uow.add(shelves));
  return shelves.map(({ id }) => id);
}

/** Loads shelves in the order given and changes them. */
async function changeShelves(uow: UnitOfWork, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    const shelf = await uow.findOneByOrFail(Shelf, { id });
    shelf.changes += 1;
  }
}

/** Runs a function while a rival holds the lock of a shelf. */
async function whileLocked<T>(source: DataSource, id: number, work: () => Promise<T>): Promise<T> {
  const rival = source.createQueryRunner();
  await rival.startTransaction();
  try {
    await rival.query(`UPDATE shelf SET changes = 0 WHERE id = ${id}`);
    return await work();
  } finally {
    await rival.rollbackTransaction();
    await rival.release();
  }
}

/** Those of the shelves that nobody has locked, in key order. */
async function findFree(database: TestDatabase, ids: readonly number[]): Promise<number[]> {
  const text = `SELECT id FROM shelf WHERE id IN (${ids.join()}) FOR UPDATE SKIP LOCKED`;
  const rows = await database.sql(text);
  return rows.map(({ id }) => Number(id)).toSorted((left, right) => left - right);
}

/** Asks again and again until the answer is another one than `before`. */
async function firstChange<T>(before: T, ask: () => Promise<T>): Promise<T> {
  let answer = await ask();
  for (let i = 0; i < 400 && isDeepStrictEqual(answer, before); i++) {
    await wait(5);
    answer = await ask();
  }
  return answer;
}

onEachDatabase('deadlock', [Shelf, Box], (database) => {
  const levels = ['READ COMMITTED', 'REPEATABLE READ'] as const;
  const cases = crossings.flatMap((crossing) => levels.map((level) => ({ crossing, level })));

  it.each(cases.map((one) => [one.crossing.title, one.level, one] as const))(
    'never happens between %s at %s',
    async (_title, _level, { crossing, level }) => {
      const rounds = roundsAt(database, level);
      const outcome = await runRounds(database, crossing, level, {
        count: rounds,
        endsAtDeadlock: true,
      });

      expect(outcome.failures.of('deadlock')).toBe(0);
      expect(outcome).toMatchObject({
        changes: crossing.changes * rounds,
        versions: crossing.changes * rounds,
        inserts: crossing.inserts * rounds,
      });
    },
    timeoutMs,
  );

  it('is ruled out inside one table by locking in key order, whatever the order of loading', async () => {
    const ids = await insertShelves(database.source, 50);
    const [low, middle, high] = ids as [number, number, number];

    const free = await whileLocked(database.source, middle, async () => {
      const changing = unitOfWork(database.source, (uow) =>
        changeShelves(uow, [high, middle, low]),
      );
      const found = await firstChange([low, high], () => findFree(database, [low, high]));
      return { found, changing };
    });
    await free.changing;

    expect(free.found).toEqual([high]);
  });

  // The optimizer of MariaDB would rather scan a table of a few rows than look its keys up.
  it('is no danger from rows that a unit neither writes nor asserts', async () => {
    await database.sql('DELETE FROM box');
    await database.sql('DELETE FROM shelf');
    const [one, two, other] = (await insertShelves(database.source, 3)) as [number, number, number];

    const error = await whileLocked(database.source, other, () =>
      unitOfWork(database.source, (uow) => changeShelves(uow, [one, two]), {
        timeoutMs: 1_000,
      }).catch((thrown: unknown) => thrown),
    );

    expect(error).toBeUndefined();
  });

  it('never happened by the server’s own account', async () => {
    expect(await hasServerSeenDeadlock(database, pool)).toBe(false);
  });
});

onEachDatabase('deadlock where reading locks', [Shelf, Box], (database) => {
  const count = Math.ceil(roundsAt(database, 'SERIALIZABLE') / 5);

  it.each(crossings.map((crossing) => [crossing.title, crossing] as const))(
    'is replayed and loses nothing between %s at SERIALIZABLE',
    async (_title, crossing) => {
      const outcome = await runRounds(database, crossing, 'SERIALIZABLE', {
        count,
        endsAtDeadlock: false,
      });

      expect(outcome).toMatchObject({
        changes: crossing.changes * count,
        versions: crossing.changes * count,
        inserts: crossing.inserts * count,
      });
      if (database.engine !== 'postgres' && !crossing.isOneSided) {
        expect(outcome.failures.of('deadlock')).toBeGreaterThan(0);
      }
    },
    timeoutMs,
  );
});

/** The statements of one of two transactions that take the same rows in opposite orders. */
type Steps = readonly [string, string];

interface Order {
  readonly first: Steps;
  readonly second: Steps;
}

// What the units above would do without locks taken in one order.
const naive: Readonly<Record<string, Order>> = {
  'rows of two tables in opposite orders': {
    first: ['UPDATE shelf SET changes = 1 WHERE id = 1', 'UPDATE box SET changes = 1 WHERE id = 1'],
    second: [
      'UPDATE box SET changes = 2 WHERE id = 1',
      'UPDATE shelf SET changes = 2 WHERE id = 1',
    ],
  },
};

const childFirst: Steps = [
  'INSERT INTO box (changes, shelfId) VALUES (0, 1)',
  'UPDATE shelf SET changes = 3 WHERE id = 1',
];

onEachDatabase('deadlock of hand-written transactions', [Shelf, Box], (database) => {
  // PostgreSQL's FOR KEY SHARE of a foreign key does not bar an update of the parent.
  const orders =
    database.engine === 'postgres'
      ? naive
      : { ...naive, 'a child and then its parent': { first: childFirst, second: childFirst } };

  /** Lets both write, and returns what they are refused. */
  async function collide({ first, second }: Order): Promise<unknown[]> {
    const source = await database.openSource({ poolSize: 2, applicationName: pool });
    const [shelf, box] = [new Shelf(), new Box()];
    await unitOfWork(source, async (uow) => uow.add([shelf, box]));
    const bothWritten = new Barrier(2);
    const write = ([before, after]: Steps) =>
      source.transaction(async (manager) => {
        await manager.query(before);
        await bothWritten.pass();
        await manager.query(after);
      });

    const outcomes = await Promise.allSettled([write(first), write(second)]);
    await source.destroy();
    return outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  }

  it.each(Object.entries(orders))('happens where both write %s', async (_title, order) => {
    let isSeen = false;
    // Of all databases MariaDB shows the latest deadlock: another suite's may come after this one.
    for (let round = 0; round < 10 && !isSeen; round++) {
      const errors = await collide(order);

      const code: unknown = expect.stringMatching(/^(40P01|ER_LOCK_DEADLOCK)$/);
      expect(errors).toEqual([expect.objectContaining({ code })]);
      isSeen = await hasServerSeenDeadlock(database, pool);
    }

    expect(isSeen).toBe(true);
  });
});
