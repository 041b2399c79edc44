import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import {
  configureUnitOfWork,
  outsideUnitOfWork,
  replayStatistics,
  TransactionFailedError,
  TransientError,
  UnitAbortedError,
  UnitClosedError,
  unitOfWork,
  type UnitOfWork,
  UsageError,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { isolationLevels } from '../setup/on-each-isolation';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';
import { Barrier } from '../support/barrier';
import { inspectPool } from '../support/pools';

const find = (uow: UnitOfWork, id: number) => uow.findOneByOrFail(Account, { id });

onEachDatabase('more units than the pool has connections', [Account], (database) => {
  const increment = (id: number) => async (uow: UnitOfWork) => {
    (await find(uow, id)).balance += 1;
    return uow.attempt;
  };

  async function allAttempts(units: readonly Promise<number>[]): Promise<number[]> {
    const outcomes = await Promise.allSettled(units);
    const refused = outcomes.flatMap((one) =>
      one.status === 'rejected' ? [one.reason as unknown] : [],
    );
    expect(refused).toEqual([]);
    return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  /** What units come to that may be stuck for ever. */
  const inTime = (units: Promise<unknown>) =>
    Promise.race([units.then(() => 'done'), wait(5_000, 'stuck', { ref: false })]);

  /** Keeps all connections of a pool busy until it is told to let go. */
  async function occupied(source: DataSource, size: number, work: () => Promise<unknown>) {
    let letGo = () => {};
    const released = new Promise<void>((resolve) => (letGo = resolve));
    const areBusy = new Barrier(size + 1);
    const holders = Array.from({ length: size }, () =>
      unitOfWork(source, async (uow) => {
        await uow.manager.query('SELECT 1');
        await areBusy.pass();
        await released;
      }),
    );
    await areBusy.pass();
    try {
      await work();
    } finally {
      letGo();
      await Promise.all(holders);
    }
  }

  it('lose one row only as often as the pool is wide', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 4 });
    configureUnitOfWork(source, { replayQueue: { maxWaiting: 8 } });

    // What a data source learns once is known.
    await unitOfWork(source, increment(id));
    const units = Array.from({ length: 300 }, () => unitOfWork(source, increment(id)));
    const attempts = await allAttempts(units);

    // Those who have read go first: the others read what these have written.
    expect(attempts.filter((attempt) => attempt > 1).length).toBeLessThanOrEqual(8);
    expect(replayStatistics(source)).toMatchObject({ waiting: 0, gaveUp: { queue: 0, policy: 0 } });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 301 });
  });

  it('lose as few rows of several', async () => {
    const ids = await insertAccounts(database, [0, 0, 0, 0, 0, 0, 0, 0]);
    const source = await database.openSource({ poolSize: 4 });

    const units = Array.from({ length: 320 }, (_, i) =>
      unitOfWork(source, increment(ids[i % ids.length] ?? 0)),
    );
    const attempts = await allAttempts(units);

    expect(attempts.filter((attempt) => attempt > 1).length).toBeLessThanOrEqual(32);
    const stored = await Promise.all(ids.map((id) => storedAccount(database, id)));
    expect(stored.map((one) => one?.balance)).toEqual(ids.map(() => 40));
  });

  it('are not held up for good by units that read on and on', async () => {
    const ids = await insertAccounts(database, [0, 0, 0]);
    const [id] = ids;
    const source = await database.openSource({ poolSize: 1 });
    const giveUpAt = performance.now() + 5_000;
    const over = new AbortController();

    const readers = ids.map((own) =>
      unitOfWork(source, async (uow) => {
        while (!over.signal.aborted && performance.now() < giveUpAt) await find(uow, own);
      }),
    );
    await wait(50);
    await unitOfWork(source, increment(id)).finally(() => over.abort());

    expect(performance.now()).toBeLessThan(giveUpAt);
    await Promise.all(readers);
  });

  it('wait for one another as they do without a pool that is full', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });

    const nested = async (uow: UnitOfWork, depth: number): Promise<void> => {
      await find(uow, id);
      if (depth === 0) return;
      await outsideUnitOfWork(() => unitOfWork(source, (inner) => nested(inner, depth - 1)));
    };
    await Promise.all(Array.from({ length: 5 }, () => unitOfWork(source, (uow) => nested(uow, 3))));

    expect(await inspectPool(database, source, 1)).toEqual({ connections: 1, inTransaction: [] });
  });

  it('may read several things at once', async () => {
    const ids = await insertAccounts(database, [0, 0, 0]);
    const source = await database.openSource({ poolSize: 1 });

    const readAll = (uow: UnitOfWork) =>
      Promise.all([
        ...ids.map((id) => find(uow, id)),
        uow.find(Account, { order: { id: 'DESC' } }),
        uow.manager.count(Account),
      ]);
    await unitOfWork(source, readAll);
    const units = Array.from({ length: 10 }, () => unitOfWork(source, readAll));

    expect(await inTime(Promise.all(units))).toBe('done');
    expect(await inspectPool(database, source, 1)).toEqual({ connections: 1, inTransaction: [] });
  });

  it('are ended at once when they are aborted, and take no connection with them', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 2 });
    const errors: unknown[] = [];

    await occupied(source, 2, async () => {
      const impatient = Array.from({ length: 10 }, (_, i) =>
        unitOfWork(source, increment(id), { timeoutMs: 20 + i }),
      );
      for (const unit of impatient) errors.push(await rejectionOf(unit));
    });
    const units = Array.from({ length: 10 }, () => unitOfWork(source, increment(id)));

    expect(await inTime(Promise.all(units))).toBe('done');
    expect(errors).toHaveLength(10);
    for (const error of errors) expect(error).toBeInstanceOf(UnitAbortedError);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 10 });
    expect(await inspectPool(database, source, 2)).toEqual({ connections: 2, inTransaction: [] });
  });

  it('hear from the pool that it lets nobody wait', async () => {
    const [id] = await insertAccounts(database, [0]);
    const extra =
      database.engine === 'postgres'
        ? { connectionTimeoutMillis: 50 }
        : { waitForConnections: false };
    const source = await database.openSource({ poolSize: 1, extra });

    await occupied(source, 1, async () => {
      const error = await rejectionOf(unitOfWork(source, increment(id)));
      expect(error).not.toBeInstanceOf(TransientError);
      expect(error).toMatchObject({
        message: expect.stringMatching(/timeout exceeded|No connections available/) as string,
      });
    });

    await unitOfWork(source, increment(id));
    expect(await storedAccount(database, id)).toMatchObject({ balance: 1 });
  });

  it('hear of it once though the row that they wait for is hot', async () => {
    const [id] = await insertAccounts(database, [0]);
    const isPostgres = database.engine === 'postgres';
    const extra = isPostgres ? { connectionTimeoutMillis: 1_000 } : { waitForConnections: false };
    const source = await database.openSource({ poolSize: 1, extra });
    await unitOfWork(source, increment(id));
    let end = () => {};
    const isOver = new Promise<void>((resolve) => (end = resolve));
    let place = () => {};
    const isInPlace = new Promise<void>((resolve) => (place = resolve));
    const holder = unitOfWork(source, async (uow) => {
      const account = await find(uow, id);
      if (uow.attempt === 1) await changeAsRival(database, id, 5);
      account.balance += 1;
      if (uow.attempt === 1) return;
      await uow.manager.query('SELECT 1');
      place();
      await isOver;
    });
    await isInPlace;

    const refused = rejectionOf(unitOfWork(source, increment(id)));
    // Again in the row's line, and then again for a connection.
    const outcome = await Promise.race([refused, wait(1_900, 'it still waits')]);
    end();
    await Promise.all([holder, refused]);
    expect(outcome).toBeInstanceOf(Error);
  });

  it.each(isolationLevels)('may find several rows at once at %s', async (isolation) => {
    const [cold, hot] = await insertAccounts(database, [0, 0]);
    const source = await database.openSource({ poolSize: 2 });

    const work = async (uow: UnitOfWork) => {
      const [, account] = await Promise.all([find(uow, cold), find(uow, hot), find(uow, cold)]);
      account.balance += 1;
      return uow.attempt;
    };
    const units = Array.from({ length: 60 }, () => unitOfWork(source, work, { isolation }));

    expect(await inTime(allAttempts(units))).toBe('done');
    expect(await storedAccount(database, hot)).toMatchObject({ balance: 60 });
  });

  it('lose no connection to one that reads when it has ended', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    await unitOfWork(source, increment(id));
    let read = Promise.resolve<unknown>(undefined);

    const late = unitOfWork(
      source,
      async (uow) => {
        await new Promise<void>((resolve) => {
          uow.signal.addEventListener('abort', () => setImmediate(resolve));
        });
        read = rejectionOf(uow.manager.findOneByOrFail(Account, { id }));
      },
      { timeoutMs: 20 },
    );
    await rejectionOf(late);
    await wait(50);

    expect(await read).toBeInstanceOf(UnitClosedError);
    expect(await inTime(unitOfWork(source, increment(id)))).toBe('done');
  });

  it('do not hold up the refusal of one that has ended', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    await unitOfWork(source, increment(id));
    const manager = await unitOfWork(source, async (uow) => uow.manager);

    await occupied(source, 1, async () => {
      const refused = rejectionOf(manager.findOneByOrFail(Account, { id }));
      const error = await Promise.race([refused, wait(2_000, 'it waits')]);
      expect(error).toBeInstanceOf(UnitClosedError);
    });
  });

  it('lose no connection to one that fails while it waits for it, and goes on', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    await unitOfWork(source, increment(id));
    const refused: unknown[] = [];
    let unit = Promise.resolve<unknown>(undefined);

    await occupied(source, 1, async () => {
      unit = unitOfWork(source, async (uow) => {
        const found = rejectionOf(find(uow, id));
        uow.add(Object.assign(new Account(), { id: Number.NaN, balance: 0 }));
        refused.push(await rejectionOf(uow.flush()), await found);
        await outsideUnitOfWork(() => unitOfWork(source, increment(id)));
      });
      await wait(20);
    });

    expect(await inTime(rejectionOf(unit))).toBe('done');
    expect(refused).toEqual([expect.any(UsageError), expect.any(TransactionFailedError)]);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 2 });
  });

  it('do not stand in line while they hold a connection that a subscriber reads by', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 2 });
    let found: Promise<unknown> | undefined;
    source.subscribers.push({
      beforeQuery: ({ query, manager }) => {
        if (!query.includes('ORDER BY')) return undefined;
        found = manager.findOneBy(Account, { id });
        return found;
      },
    });
    let end = () => {};
    const isOver = new Promise<void>((resolve) => (end = resolve));

    let isInPlace = () => {};
    const placed = new Promise<void>((resolve) => (isInPlace = resolve));
    const first = unitOfWork(source, async (uow) => {
      const account = await find(uow, id);
      if (uow.attempt === 1) await changeAsRival(database, id, 5);
      else isInPlace();
      account.balance += 1;
      if (uow.attempt > 1) await isOver;
    });
    await placed;
    const second = unitOfWork(source, async (uow) => {
      await uow.find(Account, { order: { id: 'ASC' } });
      // TypeORM 0.3 awaits no subscriber to queries.
      await found;
    });

    // In line it would wait for a second.
    const outcome = await Promise.race([second.then(() => 'done'), wait(500, 'waits')]);
    end();
    await Promise.all([first, second]);
    expect(outcome).toBe('done');
    expect(await found).toMatchObject({ id });
  });

  it('use a pool that is wider when it is opened again', async () => {
    const [id] = await insertAccounts(database, [0]);
    const extra = {};
    const source = await database.openSource({ poolSize: 1, extra });
    await unitOfWork(source, increment(id));
    await source.destroy();
    Object.assign(extra, database.engine === 'postgres' ? { max: 3 } : { connectionLimit: 3 });
    await source.initialize();

    const areAllIn = new Barrier(3);
    const meet = async (uow: UnitOfWork) => {
      await uow.manager.query('SELECT 1');
      await areAllIn.pass();
    };
    const units = Array.from({ length: 3 }, () => unitOfWork(source, meet));

    expect(await inTime(Promise.all(units))).toBe('done');
  });

  it('do not begin while as many wait to read as the pool is wide', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    await unitOfWork(source, increment(id));
    let begun = 0;
    const allHaveBegun = new Barrier(21);
    const begin = async (uow: UnitOfWork) => {
      begun++;
      if (begun > 1) await allHaveBegun.pass();
      return increment(id)(uow);
    };
    const units: Promise<number>[] = [];

    await occupied(source, 1, async () => {
      units.push(unitOfWork(source, begin));
      await wait(20);
      for (let i = 0; i < 20; i++) units.push(unitOfWork(source, begin));
      await wait(20);
      expect(begun).toBe(1);
    });
    // Those that begin by waiting for the others hold none of them up.
    void allHaveBegun.pass();

    expect(await inTime(allAttempts(units))).toBe('done');
    expect(await storedAccount(database, id)).toMatchObject({ balance: 22 });
  });

  it('go on before others begin when they run units themselves', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    const ended: string[] = [];
    const crowd: Promise<unknown>[] = [];
    let goOn = () => {};
    const crowdIsThere = new Promise<void>((resolve) => (goOn = resolve));

    const outer = unitOfWork(source, async (uow) => {
      await find(uow, id);
      await crowdIsThere;
      await outsideUnitOfWork(() => unitOfWork(source, (inner) => find(inner, id)));
      ended.push('inner');
    });
    await wait(50);
    await occupied(source, 1, async () => {
      for (let i = 0; i < 20; i++) {
        const unit = unitOfWork(source, (uow) => find(uow, id));
        crowd.push(unit.then(() => ended.push('crowd')));
      }
      await wait(20);
      goOn();
      await wait(20);
    });
    await Promise.all([outer, ...crowd]);

    expect(ended.indexOf('inner')).toBeLessThan(3);
  });
});
