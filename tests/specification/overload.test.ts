import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import {
  configureUnitOfWork,
  outsideUnitOfWork,
  replayStatistics,
  TransientError,
  UnitAbortedError,
  unitOfWork,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts, rejectionOf, storedAccount } from '../support/accounts';
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
});
