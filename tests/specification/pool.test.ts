import { setTimeout as wait } from 'node:timers/promises';
import {
  Column,
  Entity,
  EventSubscriber,
  In,
  PrimaryGeneratedColumn,
  type DataSource,
  type EntitySubscriberInterface,
} from 'typeorm';
import type { TransactionCommitEvent } from 'typeorm/subscriber/event/TransactionCommitEvent.js';

import {
  allOf,
  ConcurrencyError,
  configureUnitOfWork,
  exponentialBackoff,
  fullJitter,
  maxAttempts,
  noReplay,
  onlyIf,
  TransientError,
  UnitAbortedError,
  unitOfWork,
  type IsolationLevel,
  type UnitOfWork,
  type UnitOfWorkOptions,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { insertAccounts, rejectionOf } from '../support/accounts';
import { isMainPlace, isMainTypeorm } from '../support/how-many-rounds';
import { inspectPool, withPool } from '../support/pools';
import { openTransactions, killSession, sessionId, sleepStatement } from '../support/sessions';

@Entity()
class Transfer {
  @PrimaryGeneratedColumn()
  id: number;

  @Column('int')
  payer: number;

  @Column('int')
  payee: number;
}

/** Throws around the commit of those units that ask for it. */
@EventSubscriber()
class CommitListener implements EntitySubscriberInterface {
  beforeTransactionCommit({ queryRunner }: TransactionCommitEvent): void {
    if (queryRunner.data['throwsBeforeCommit']) throw new Error('before commit');
  }

  afterTransactionCommit({ queryRunner }: TransactionCommitEvent): void {
    if (queryRunner.data['throwsAfterCommit']) throw new Error('after commit');
  }
}

/** The rows of the units that run one after another; others run beside them. */
interface Lane {
  readonly payer: number;
  readonly payee: number;
  /** A row that rivals lock. */
  readonly bollard: number;
}

interface Scene extends Lane {
  readonly database: TestDatabase;
  readonly rivals: DataSource;
  readonly isolation: IsolationLevel;
  readonly abort: AbortController;
}

interface Kind {
  readonly outcome: string;
  readonly options?: UnitOfWorkOptions;
  /** A rival must get at rows that the unit has only read. */
  readonly needsRival?: boolean;
  /** Happens when half of the transfer is written. */
  meanwhile(uow: UnitOfWork, scene: Scene): unknown;
}

const poolSize = 4;
// More than connections, so that units wait for them.
const lanes = 6;
// 114 units fail twice in every way at every level; the mutants need fewer to spoil a pool.
const elsewhere = isMainTypeorm ? 400 : 114;
const unitsOn = (database: TestDatabase): number =>
  Number(process.env['POOL_UNITS'] ?? (isMainPlace(database) ? 2_000 : elsewhere));
const levels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;
// A unit that waits for a connection which is missing must end as well.
const stuckAfterMs = 10_000;
const patience = allOf(maxAttempts(100), fullJitter(exponentialBackoff({ baseMs: 2, capMs: 50 })));

const duplicate = (uow: UnitOfWork, { payer }: Scene) =>
  uow.manager.query(`INSERT INTO account (id) VALUES (${payer})`).catch(() => undefined);

const kill = async (uow: UnitOfWork, { database }: Scene) =>
  killSession(database, await sessionId(database, uow.manager));

const kinds: Readonly<Record<string, Kind>> = {
  'nothing happens': { outcome: 'committed', meanwhile: () => undefined },
  'a rival changes a row': {
    outcome: 'ConcurrencyError',
    options: { retry: noReplay },
    needsRival: true,
    meanwhile: (_uow, { database, payee }) => changeAsRival(database, payee),
  },
  'a rival changes a row, once': {
    outcome: 'committed',
    needsRival: true,
    meanwhile: ({ attempt }, { database, payee }) => attempt > 1 || changeAsRival(database, payee),
  },
  'the function throws': {
    outcome: 'Error',
    meanwhile: () => Promise.reject(new Error('thrown')),
  },
  'a duplicate key is swallowed': { outcome: 'TransactionFailedError', meanwhile: duplicate },
  'a duplicate key is swallowed and more statements follow': {
    outcome: 'TransactionFailedError',
    async meanwhile(uow, scene) {
      await duplicate(uow, scene);
      const spoil = `UPDATE account SET balance = 1000 WHERE id = ${scene.payee}`;
      await uow.manager.query(spoil).catch(() => undefined);
      await uow.findBy(Account, { id: scene.payee }).catch(() => undefined);
    },
  },
  'the signal aborts a statement that waits for a lock': {
    outcome: 'UnitAbortedError',
    async meanwhile(uow, scene) {
      const rival = scene.rivals.createQueryRunner();
      const lock = `UPDATE account SET balance = 0 WHERE id = ${scene.bollard}`;
      await rival.startTransaction();
      try {
        await rival.query(lock);
        setTimeout(() => scene.abort.abort(), 15);
        await uow.manager.query(lock);
      } finally {
        await rival.rollbackTransaction();
        await rival.release();
      }
    },
  },
  'the time is up during a statement': {
    outcome: 'UnitAbortedError',
    options: { timeoutMs: 60 },
    meanwhile: (uow, { database }) => uow.manager.query(sleepStatement(database, 0.3)),
  },
  'the time is up during a wait of the function': {
    outcome: 'UnitAbortedError',
    options: { timeoutMs: 60 },
    meanwhile: () => wait(300),
  },
  'the idle connection is killed': {
    outcome: 'TransientError',
    // PostgreSQL may also take a neighbour for a rival at SERIALIZABLE.
    options: { retry: allOf(patience, onlyIf(ConcurrencyError.is)) },
    meanwhile: kill,
  },
  'the idle connection is killed, once': {
    outcome: 'committed',
    meanwhile: (uow, scene) => uow.attempt > 1 || kill(uow, scene),
  },
  'the connection is killed during a statement, once': {
    outcome: 'committed',
    async meanwhile(uow, { database }) {
      if (uow.attempt > 1) return;
      const id = await sessionId(database, uow.manager);
      const sleeping = uow.manager.query(sleepStatement(database, 5));
      await Promise.all([sleeping, wait(10).then(() => killSession(database, id))]);
    },
  },
  'an operation is not awaited': {
    outcome: 'UsageError',
    meanwhile(uow, { payee }) {
      const unawaited = async () => {
        for (let i = 0; i < 3; i++) await uow.findBy(Account, { id: payee });
      };
      void unawaited().catch(() => undefined);
    },
  },
  'a listener throws before the commit': {
    outcome: 'Error',
    meanwhile: (uow) => setData(uow, 'throwsBeforeCommit'),
  },
  'a listener throws after the commit': {
    outcome: 'AfterCommitError',
    meanwhile: (uow) => setData(uow, 'throwsAfterCommit'),
  },
  'a callback throws after the commit': {
    outcome: 'AfterCommitError',
    meanwhile: (uow) =>
      uow.afterCommit(() => {
        throw new Error('callback');
      }),
  },
  'a nested transaction throws': {
    outcome: 'Error',
    meanwhile: (uow) => uow.manager.transaction(() => Promise.reject(new Error('thrown'))),
  },
  'a nested transaction throws and is swallowed': {
    outcome: 'committed',
    meanwhile: (uow, { payee }) =>
      uow.manager
        .transaction(async (manager) => {
          await manager.query(`UPDATE account SET balance = 1000 WHERE id = ${payee}`);
          throw new Error('thrown');
        })
        .catch(() => undefined),
  },
  'parallel nested transactions commit one after the other': {
    outcome: 'committed',
    meanwhile: (uow) =>
      Promise.allSettled([1, 2].map((n) => uow.manager.transaction((m) => m.query(`SELECT ${n}`)))),
  },
};

async function changeAsRival(database: TestDatabase, id: number): Promise<void> {
  await database.sql('UPDATE account SET row_version = row_version + 1 WHERE id = $1', [id]);
}

function setData(uow: UnitOfWork, name: string): void {
  const data = uow.manager.queryRunner?.data as Record<string, unknown>;
  data[name] = true;
}

/** Runs one transfer of 1 and answers what became of it. */
async function runUnit(source: DataSource, kind: Kind, scene: Scene): Promise<string> {
  const { payer, payee, abort } = scene;
  const transfer = async (uow: UnitOfWork) => {
    const accounts = await uow.findBy(Account, { id: In([payer, payee]) });
    const balance = new Map(accounts.map((account) => [account.id, account]));
    balance.get(payer)!.balance -= 1;
    uow.add(Object.assign(new Transfer(), { payer, payee }));
    await uow.flush();
    await kind.meanwhile(uow, scene);
    balance.get(payee)!.balance += 1;
  };
  const isolation = levelFor(kind, scene);
  const options = { retry: patience, isolation, signal: abort.signal, ...kind.options };
  const stuck = setTimeout(() => abort.abort('stuck'), stuckAfterMs);
  try {
    await unitOfWork(source, transfer, options);
    return 'committed';
  } catch (error) {
    if (abort.signal.reason === 'stuck') return 'stuck';
    return error instanceof Error ? error.name : String(error);
  } finally {
    clearTimeout(stuck);
  }
}

/** Where reading locks, a rival would wait for the unit that waits for it. */
function levelFor({ needsRival }: Kind, { database, isolation }: Scene): IsolationLevel {
  const locksReads = isolation === 'SERIALIZABLE' && database.engine !== 'postgres';
  return needsRival && locksReads ? 'REPEATABLE READ' : isolation;
}

/** What became of all units, and those that did not end as their kind must. */
interface Tally {
  readonly outcomes: Map<string, number>;
  readonly unexpected: string[];
}

/** Runs all units, some at a time; ends early when many end wrongly. */
async function runUnits(
  database: TestDatabase,
  source: DataSource,
  rivals: DataSource,
): Promise<Tally> {
  const ids = await insertAccounts(
    database,
    Array.from({ length: 3 * lanes }, () => 0),
  );
  const all = Object.entries(kinds);
  const units = unitsOn(database);
  const outcomes = new Map<string, number>();
  const unexpected: string[] = [];
  let next = 0;
  const runLane = async (payer: number, payee: number, bollard: number) => {
    for (let unit = next++; unit < units && unexpected.length < 5; unit = next++) {
      const [name, kind] = all[unit % all.length]!;
      const isolation = levels[Math.floor(unit / all.length) % levels.length]!;
      const abort = new AbortController();
      const scene = { database, rivals, payer, payee, bollard, isolation, abort };
      const outcome = await runUnit(source, kind, scene);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== kind.outcome) {
        unexpected.push(`${name} at ${isolation}: ${outcome}, not ${kind.outcome}`);
      }
    }
  };
  const starts = Array.from({ length: lanes }, (_, lane) => ids.slice(3 * lane, 3 * lane + 3));
  await Promise.all(starts.map(([payer, payee, bollard]) => runLane(payer!, payee!, bollard!)));
  return { outcomes, unexpected };
}

const countsOf = ({ outcomes }: Tally, ...names: readonly string[]) =>
  names.reduce((all, name) => all + (outcomes.get(name) ?? 0), 0);

onEachDatabase('pool', [Account, Transfer], (database) => {
  it(`is whole after ${unitsOn(database)} units that fail in every way`, async () => {
    const overrides = { poolSize, subscribers: [CommitListener] };

    const [tally, state] = await withPool(database, overrides, async (source) => {
      const rivals = await database.openSource({ poolSize: lanes });
      const result = await runUnits(database, source, rivals);
      return [result, await inspectPool(database, source, poolSize)] as const;
    });

    const counts = [...tally.outcomes].map((pair) => pair.join(' ')).join(', ');
    process.stdout.write(`pool on ${database.name}: ${counts}\n`);
    expect(tally.unexpected).toEqual([]);
    expect(state).toEqual({ connections: poolSize, inTransaction: [] });
    expect(await openTransactions(database)).toEqual([]);
    const stored = await database.source.manager.count(Transfer);
    expect(stored).toBe(countsOf(tally, 'committed', 'AfterCommitError'));
    const halves = await database.sql(
      `SELECT id FROM account WHERE balance <>
         (SELECT COUNT(*) FROM transfer WHERE payee = account.id) -
         (SELECT COUNT(*) FROM transfer WHERE payer = account.id)`,
    );
    expect(halves).toEqual([]);
    // It takes 15 s; a busy machine may take ten times as long.
  }, 300_000);

  it('has no connection in a transaction after a unit whose function threw', async () => {
    const state = await withPool(database, { poolSize: 1 }, async (source) => {
      const work = async (uow: UnitOfWork) => {
        uow.add(Object.assign(new Account(), { balance: 7 }));
        await uow.flush();
        throw new Error('thrown');
      };
      expect(await rejectionOf(unitOfWork(source, work))).toEqual(new Error('thrown'));
      return inspectPool(database, source, 1);
    });

    expect(state).toEqual({ connections: 1, inTransaction: [] });
  });

  it('gets a connection back that comes after its unit gave up waiting for it', async () => {
    const state = await withPool(database, { poolSize: 1 }, async (source) => {
      const holder = source.createQueryRunner();
      await holder.connect();
      const waiting = unitOfWork(source, (uow) => uow.find(Account), { timeoutMs: 20 });
      const error = await rejectionOf(waiting);
      expect(error).toBeInstanceOf(UnitAbortedError);
      await holder.release();
      return inspectPool(database, source, 1);
    });

    expect(state).toEqual({ connections: 1, inTransaction: [] });
  });

  it('of one connection lets the units that wait for it finish their replays', async () => {
    const [id] = await insertAccounts(database, [0]);
    const rivalsOfEach = 2;
    const increment = (source: DataSource) =>
      unitOfWork(
        source,
        async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          if (uow.attempt <= rivalsOfEach) await changeAsRival(database, id);
          account.balance += 1;
        },
        { retry: patience },
      );

    await withPool(database, { poolSize: 1 }, async (source) => {
      // In line a unit would lock the row, and then wait for its own rival.
      configureUnitOfWork(source, { replayQueue: false });
      await Promise.all(Array.from({ length: 5 }, () => increment(source)));
    });

    const [account] = await database.sql('SELECT balance FROM account WHERE id = $1', [id]);
    expect(account).toEqual({ balance: 5 });
  });
});

// mysql2 has no limit for all statements of a pool.
onEachDatabase(
  'pool',
  [Account],
  (database) => {
    it('is whole after the driver gave up waiting for a statement of a unit', async () => {
      const extra = { max: 1, query_timeout: 300 };

      const state = await withPool(database, { extra }, async (source) => {
        const work = async (uow: UnitOfWork) => {
          uow.add(Object.assign(new Account(), { balance: 7 }));
          await uow.flush();
          await uow.manager.query(sleepStatement(database, 0.8));
        };
        const error = await rejectionOf(unitOfWork(source, work, { retry: noReplay }));
        expect(error).toBeInstanceOf(TransientError);
        return inspectPool(database, source, 1);
      });

      expect(state).toEqual({ connections: 1, inTransaction: [] });
    });
  },
  ({ engine }) => engine === 'postgres',
);
