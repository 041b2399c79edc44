import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import {
  AlreadyAppliedError,
  CommitOutcomeUnknownError,
  CreateUnitOfWorkReceipt1763769600000,
  deleteReceipts,
  noReplay,
  outsideUnitOfWork,
  unitOfWork,
  UnitOfWorkReceipt,
  UsageError,
  type RetryPolicy,
  type UnitOfWorkOptions,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { changeAsRival, insertAccounts, rejectionOf, storedAccounts } from '../support/accounts';
import { untilSomebodyWaits } from '../support/rivals';
import { withStatementProxy, type Fate } from '../support/statement-proxy';

const isCommit = (message: string) => /\bCOMMIT\b/.test(message);

onEachDatabase('exactly once', [Account, UnitOfWorkReceipt], (database) => {
  let id: number;
  beforeEach(async () => {
    await database.sql('DELETE FROM account');
    await database.sql('DELETE FROM unit_of_work_receipt');
    [id] = await insertAccounts(database, [0]);
  });

  /** What a unit did that adds 1 to the account. */
  interface Told {
    readonly result: number;
    readonly runs: number;
    readonly callbacks: number;
  }

  async function add(source: DataSource, options: UnitOfWorkOptions): Promise<Told> {
    let [runs, callbacks] = [0, 0];
    const result = await unitOfWork(
      source,
      async (uow) => {
        runs++;
        const account = await uow.findOneByOrFail(Account, { id });
        account.balance += 1;
        uow.afterCommit(() => void callbacks++);
        return runs;
      },
      options,
    );
    return { result, runs, callbacks };
  }

  /** Runs a unit of which the first COMMIT meets a fate. */
  function addWith<T>(fate: Fate, run: (source: DataSource) => Promise<T>, pool = 2): Promise<T> {
    let commits = 0;
    const decide = (message: string) => (isCommit(message) && ++commits === 1 ? fate : 'pass');
    const extra = database.engine === 'postgres' ? { max: pool } : { connectionLimit: pool };
    return withStatementProxy(database, decide, run, { extra, poolSize: pool });
  }

  const balances = async () => (await storedAccounts(database)).map(({ balance }) => balance);
  const countReceipts = () => database.source.manager.count(UnitOfWorkReceipt);

  onEachIsolation((isolation) => {
    it('a unit whose COMMIT was carried out and not answered has its result', async () => {
      const told = addWith('lose-answer', (source) =>
        add(source, { exactlyOnce: true, isolation }),
      );

      await expect(told).resolves.toEqual({ result: 1, runs: 1, callbacks: 1 });
      expect(await balances()).toEqual([1]);
    });

    it('a unit whose COMMIT never arrived runs again', async () => {
      const told = addWith('lose-request', (source) =>
        add(source, { exactlyOnce: true, isolation }),
      );

      await expect(told).resolves.toEqual({ result: 2, runs: 2, callbacks: 1 });
      expect(await balances()).toEqual([1]);
    });

    it('a unit whose COMMIT is still under way waits for it', async () => {
      const told = addWith('delay', (source) => add(source, { exactlyOnce: true, isolation }));

      await expect(told).resolves.toEqual({ result: 1, runs: 1, callbacks: 1 });
      expect(await balances()).toEqual([1]);
    });

    it('is not overtaken by whoever commits as soon as a receipt is written', async () => {
      const source = await database.openSource();
      const change = `UPDATE account SET balance = balance + 100, row_version = row_version + 1 WHERE id IN
        (SELECT id FROM (SELECT id FROM account WHERE id = ${id} FOR UPDATE SKIP LOCKED) AS free)`;
      const overtake: EntitySubscriberInterface = {
        async afterQuery({ query }) {
          if (/INSERT INTO .?unit_of_work_receipt/.test(query)) await database.sql(change);
        },
      };
      source.subscribers.push(overtake);

      for (const onBegin of [undefined, async () => undefined]) {
        const told = add(source, { exactlyOnce: true, isolation, onBegin });

        await expect(told).resolves.toMatchObject({ callbacks: 1 });
        expect((await told).runs).toBeLessThanOrEqual(3);
      }
      expect((await balances())[0]! % 100).toBe(2);
    });

    it('a key is applied by one of eight at once', async () => {
      const key = `once at ${isolation}`;
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => add(database.source, { exactlyOnce: { key }, isolation })),
      );

      const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(refused).toHaveLength(7);
      for (const error of refused) expect(error).toBeInstanceOf(AlreadyAppliedError);
      expect(await balances()).toEqual([1]);
    });
  });

  it('a replay does not hold rows while it waits for whoever has the same key', async () => {
    const kinds: string[] = [];
    const retry: RetryPolicy = ({ error }) => {
      kinds.push('kind' in error ? error.kind : error.name);
      return { retry: true, delayMs: 1, lock: true };
    };
    const options = { exactlyOnce: { key: 'sent twice' }, retry };
    let second: Promise<unknown> | undefined;
    const addAsSecond = () =>
      unitOfWork(
        database.source,
        async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          // For the replay of the first, which is under way.
          await untilSomebodyWaits(database);
          account.balance += 1;
        },
        options,
      );

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          account.balance += 1;
          if (uow.attempt > 1) return;
          await changeAsRival(database, id, 50);
          second = outsideUnitOfWork(addAsSecond);
          await untilSomebodyWaits(database);
        },
        options,
      ),
    );
    await second;

    expect(error).toBeInstanceOf(AlreadyAppliedError);
    expect(kinds).toEqual(['row-version']);
    expect(await balances()).toEqual([51]);
  });

  it.each<Fate>(['lose-answer', 'delay'])(
    'without it a unit whose COMMIT meets the fate %s does not know what became of it',
    async (fate) => {
      const error = await addWith(fate, (source) =>
        // A unit that begins at once sends a COMMIT.
        rejectionOf(add(source, { onBegin: async () => undefined })),
      );

      expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    },
  );

  it.each<Fate>(['lose-answer', 'lose-request', 'delay'])(
    'settles a COMMIT of the fate %s with a pool of one connection',
    async (fate) => {
      await addWith(fate, (source) => add(source, { exactlyOnce: true }), 1);

      expect(await balances()).toEqual([1]);
    },
  );

  it('settles what a policy would not run again', async () => {
    const lost = await addWith('lose-request', (source) =>
      rejectionOf(add(source, { exactlyOnce: true, retry: noReplay })),
    );
    expect(lost).toMatchObject({ name: 'TransientError', attempts: 1 });
    expect(await balances()).toEqual([0]);

    const told = await addWith('lose-answer', (source) =>
      add(source, { exactlyOnce: true, retry: noReplay }),
    );
    expect(told.result).toBe(1);
    expect(await balances()).toEqual([1]);
  });

  it('keeps entities as they are until it is known what became of them', async () => {
    const versions: number[] = [];
    let account: Account | undefined;
    await addWith('lose-answer', (source) =>
      unitOfWork(
        source,
        async (uow) => {
          account = await uow.findOneByOrFail(Account, { id });
          account.balance += 1;
          uow.afterCommit(() => void versions.push(account?.version ?? 0));
        },
        { exactlyOnce: true },
      ),
    );

    expect(versions).toEqual([2]);
    expect(account).toMatchObject({ balance: 1, version: 2 });
  });

  it('is told as an unknown outcome if the unit has no time to settle it', async () => {
    const error = await addWith('delay', async (source) => {
      const rejection = await rejectionOf(add(source, { exactlyOnce: true, timeoutMs: 200 }));
      await wait(600);
      return rejection;
    });

    expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
    expect(await balances()).toEqual([1]);
  });

  it('a key that was committed before is refused before anything runs', async () => {
    const exactlyOnce = { key: 'order 7' };
    await add(database.source, { exactlyOnce });
    let runs = 0;

    const error = await rejectionOf(
      unitOfWork(database.source, async () => void runs++, { exactlyOnce }),
    );

    expect(error).toBeInstanceOf(AlreadyAppliedError);
    expect(error).toMatchObject({ key: 'order 7', code: 'UNIT_OF_WORK_ALREADY_APPLIED' });
    expect(runs).toBe(0);
    expect(await balances()).toEqual([1]);
  });

  it('a key of a unit that failed can be used again', async () => {
    const exactlyOnce = { key: 'again' };
    const failed = unitOfWork(database.source, async () => Promise.reject(new Error('no')), {
      exactlyOnce,
    });
    await rejectionOf(failed);

    await add(database.source, { exactlyOnce });

    expect(await balances()).toEqual([1]);
  });

  it('tells keys apart by every character', async () => {
    const keys = ['a', 'A', 'a ', 'ä', "'; DROP TABLE account; --", '😀', 'x'.repeat(1_000), '\0'];

    for (const key of keys) await add(database.source, { exactlyOnce: { key } });

    expect(await balances()).toEqual([keys.length]);
    expect(await countReceipts()).toBe(keys.length);
  });

  it('writes the receipt first, and no statement commits by itself', async () => {
    const statements = await database.recordStatements(() =>
      add(database.source, { exactlyOnce: true }),
    );

    const words = statements.map((sql) => /^\s*(\w+)(?: IGNORE)?(?: INTO \S+)?/.exec(sql)?.[0]);
    const inserted = words.findIndex((word) => word?.includes('unit_of_work_receipt'));
    expect(words[inserted - 1]).toMatch(/START/);
    expect(words.slice(0, inserted).join()).not.toMatch(/SELECT|UPDATE/);
    expect(words.at(-1)).toBe('COMMIT');
  });

  it('is of the outermost unit', async () => {
    const error = await rejectionOf(
      unitOfWork(database.source, () =>
        unitOfWork(database.source, async () => undefined, { exactlyOnce: true }),
      ),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it.each([[{}], [{ key: '' }], [{ key: 7 }], [{ key: 'x'.repeat(1_001) }], ['yes'], [null]])(
    'is refused as %j',
    async (exactlyOnce) => {
      const options = { exactlyOnce } as unknown as UnitOfWorkOptions;

      expect(await rejectionOf(add(database.source, options))).toBeInstanceOf(UsageError);
    },
  );

  it('needs a data source that knows the table', async () => {
    const source = await database.openSource({ entities: [Account] });

    const error = await rejectionOf(add(source, { exactlyOnce: true }));

    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringContaining('UnitOfWorkReceipt') });
  });

  it('has a migration that makes the table as the entity describes it', async () => {
    await database.sql('DROP TABLE unit_of_work_receipt');
    const migration = new CreateUnitOfWorkReceipt1763769600000();
    const runner = database.source.createQueryRunner();
    try {
      await migration.up(runner);
      const { upQueries } = await database.source.driver.createSchemaBuilder().log();
      expect(upQueries).toEqual([]);
      await migration.down(runner);
      expect(await runner.hasTable('unit_of_work_receipt')).toBe(false);
      await migration.up(runner);
    } finally {
      await runner.release();
    }
  });

  it('deletes receipts by their age, in batches', async () => {
    for (let i = 0; i < 5; i++) await add(database.source, { exactlyOnce: true });
    await wait(1_100);
    await add(database.source, { exactlyOnce: { key: 'new' } });

    expect(await deleteReceipts(database.source, { olderThanMs: 60_000 })).toBe(0);
    expect(await deleteReceipts(database.source, { olderThanMs: 1_000, batchSize: 2 })).toBe(5);
    expect(await countReceipts()).toBe(1);
    expect(await deleteReceipts(database.source, { olderThanMs: 0 })).toBe(1);
  });

  it('tells the age of a receipt in whichever time zone a session is', async () => {
    const zone = database.engine === 'postgres' ? "TIME ZONE 'Asia/Tokyo'" : "time_zone = '+09:00'";
    await add(database.source, { exactlyOnce: true });
    const elsewhere = await database.openSource({ poolSize: 1 });
    await elsewhere.query(`SET ${zone}`);

    expect(await deleteReceipts(elsewhere, { olderThanMs: 60_000 })).toBe(0);
    await add(elsewhere, { exactlyOnce: true });
    expect(await deleteReceipts(database.source, { olderThanMs: 60_000 })).toBe(0);
    expect(await deleteReceipts(database.source, { olderThanMs: 0 })).toBe(2);
  });

  it('tells subscribers of transactions what became of the unit, and nothing else', async () => {
    const told: string[] = [];
    await addWith('lose-answer', async (source) => {
      source.subscribers.push({
        afterTransactionStart: () => void told.push('started'),
        afterTransactionCommit: () => void told.push('committed'),
        afterTransactionRollback: () => void told.push('rolled back'),
      });
      await add(source, { exactlyOnce: true });
    });

    expect(told).toEqual(['started', 'committed']);
  });

  it.each([[-1], [NaN], [Infinity], [1e300], ['1' as unknown as number]])(
    'refuses to delete by the age %p',
    async (olderThanMs) => {
      expect(await rejectionOf(deleteReceipts(database.source, { olderThanMs }))).toBeInstanceOf(
        UsageError,
      );
    },
  );
});

onEachDatabase(
  'exactly once with a server that gives statements little time',
  [Account, UnitOfWorkReceipt],
  (database) => {
    it('settles a COMMIT that takes longer', async () => {
      const [id] = await insertAccounts(database, [0]);
      let commits = 0;
      const decide = (message: string) => (isCommit(message) && ++commits === 1 ? 'delay' : 'pass');
      const extra = { options: '-c statement_timeout=150' };

      const told = withStatementProxy(
        database,
        decide,
        (source) =>
          unitOfWork(
            source,
            async (uow) => {
              (await uow.findOneByOrFail(Account, { id })).balance += 1;
              return uow.attempt;
            },
            { exactlyOnce: true },
          ),
        { extra },
      );

      await expect(told).resolves.toBe(1);
    });
  },
  ({ engine }) => engine === 'postgres',
);
