import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import {
  ConcurrencyError,
  UnitAbortedError,
  unitOfWork,
  UnitClosedError,
  UsageError,
  type UnitOfWorkOptions,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';
import { inspectPool, withPool } from '../support/pools';
import { untilSomebodyWaits } from '../support/rivals';
import { killSession, sessionId } from '../support/sessions';

onEachDatabase("a unit in its caller's transaction", [Account], (database) => {
  const begin = <T>(work: (manager: EntityManager) => Promise<T>) =>
    database.source.transaction(work);
  const setBalance = (manager: EntityManager, id: number, balance: number) =>
    unitOfWork(manager, async (uow) => {
      (await uow.findOneByOrFail(Account, { id })).balance = balance;
    });
  const changeOwner = (manager: EntityManager, id: number) =>
    manager.query(`UPDATE account SET owner = 'caller' WHERE id = ${id}`);

  it('takes back its own writes alone when another one runs at the same time', async () => {
    const [a, b] = await insertAccounts(database, [0, 0]);

    const outcomes = await begin((manager) =>
      Promise.allSettled([
        unitOfWork(manager, async (uow) => {
          (await uow.findOneByOrFail(Account, { id: a })).balance = 1;
          await wait(50);
          throw new Error('thrown');
        }),
        setBalance(manager, b, 1),
      ]),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await storedAccount(database, a)).toMatchObject({ balance: 0 });
    expect(await storedAccount(database, b)).toMatchObject({ balance: 1 });
  });

  it('waits for another one no longer than it may', async () => {
    const [a, b] = await insertAccounts(database, [0, 0]);
    let isOver = false;

    const error = await begin(async (manager) => {
      const first = unitOfWork(manager, async (uow) => {
        (await uow.findOneByOrFail(Account, { id: a })).balance = 1;
        await wait(300);
        isOver = true;
      });
      const late = await rejectionOf(
        unitOfWork(manager, async (uow) => void (await uow.findOneByOrFail(Account, { id: b })), {
          timeoutMs: 50,
        }),
      );
      expect(isOver).toBe(false);
      await first;
      return late;
    });

    expect(error).toBeInstanceOf(UnitAbortedError);
    expect(await storedAccount(database, a)).toMatchObject({ balance: 1 });
  });

  it('is committed with it', async () => {
    const [id] = await insertAccounts(database, [100]);

    await begin(async (manager) => {
      await changeOwner(manager, id);
      await setBalance(manager, id, 90);
      expect(await storedAccount(database, id)).toMatchObject({ owner: 'nobody', balance: 100 });
      await setBalance(manager, id, 80);
    });

    expect(await storedAccount(database, id)).toMatchObject({
      owner: 'caller',
      balance: 80,
      version: 3,
    });
  });

  it('is rolled back with it', async () => {
    const [id] = await insertAccounts(database, [100]);

    await rejectionOf(
      begin(async (manager) => {
        await setBalance(manager, id, 90);
        throw new Error('the caller fails');
      }),
    );

    expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 1 });
  });

  it('is rolled back alone when it fails, and the caller goes on', async () => {
    const [id] = await insertAccounts(database, [100]);
    const fresh = Object.assign(new Account(), { balance: 1 });

    await begin(async (manager) => {
      await changeOwner(manager, id);
      await rejectionOf(
        unitOfWork(manager, async (uow) => {
          (await uow.findOneByOrFail(Account, { id })).balance = 90;
          uow.add(fresh);
          await uow.flush();
          throw new Error('the unit fails');
        }),
      );
    });

    expect(fresh.id).toBeUndefined();
    expect(await storedAccount(database, id)).toMatchObject({
      owner: 'caller',
      balance: 100,
      version: 1,
    });
  });

  it('is not replayed when a rival was first, and the caller can go on', async () => {
    const [id, other] = await insertAccounts(database, [100, 100]);
    let runs = 0;

    await database.source.transaction('READ COMMITTED', async (manager) => {
      await changeOwner(manager, other);
      const error = await rejectionOf(
        unitOfWork(manager, async (uow) => {
          runs++;
          const account = await uow.findOneByOrFail(Account, { id });
          await changeAsRival(database, id, 50);
          account.balance = 90;
        }),
      );
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({
        replayable: false,
        conflicts: [{ key: [id], actualVersion: 2 }],
      });
    });

    expect(runs).toBe(1);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 50, version: 2 });
    expect(await storedAccount(database, other)).toMatchObject({ owner: 'caller' });
  });

  it('leaves nothing that could commit by itself when a snapshot was too old', async () => {
    const [id, other] = await insertAccounts(database, [100, 100]);

    await rejectionOf(
      database.source.transaction('REPEATABLE READ', async (manager) => {
        await rejectionOf(
          unitOfWork(manager, async (uow) => {
            const account = await uow.findOneByOrFail(Account, { id });
            await changeAsRival(database, id, 50);
            account.balance = 90;
          }),
        );
        await changeOwner(manager, other);
        throw new Error('the caller fails');
      }),
    );

    expect(await storedAccount(database, id)).toMatchObject({ balance: 50, version: 2 });
    expect(await storedAccount(database, other)).toMatchObject({ owner: 'nobody' });
  });

  it.each<[string, UnitOfWorkOptions]>([
    ['a retry policy', { retry: { maxAttempts: 2 } }],
    ['an isolation', { isolation: 'SERIALIZABLE' }],
    ['a receipt', { exactlyOnce: true }],
    ['what runs after BEGIN', { onBegin: async () => undefined }],
  ])('is refused with %s', async (_, options) => {
    const error = await rejectionOf(
      begin((manager) => unitOfWork(manager, async () => undefined, options)),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/in a transaction of its caller cannot have/);
  });

  it('refuses afterCommit(), which it could not keep', async () => {
    const error = await rejectionOf(
      begin((manager) => unitOfWork(manager, async (uow) => uow.afterCommit(() => undefined))),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it('needs a transaction that was begun, or a manager without a connection', async () => {
    const [id] = await insertAccounts(database, [100]);
    const runner = database.source.createQueryRunner();
    const error = await rejectionOf(setBalance(runner.manager, id, 1));
    await runner.release();
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(/this one has none/);

    await setBalance(database.source.manager, id, 90);

    expect(await storedAccount(database, id)).toMatchObject({ balance: 90 });
  });

  it('joins the unit whose manager it is given, and none that has ended', async () => {
    const [id] = await insertAccounts(database, [100]);
    let manager: EntityManager | undefined;

    await unitOfWork(database.source, async (uow) => {
      manager = uow.manager;
      const account = await uow.findOneByOrFail(Account, { id });
      await unitOfWork(manager, async (inner) => {
        expect(await inner.findOneByOrFail(Account, { id })).toBe(account);
        account.balance = 90;
      });
    });
    const error = await rejectionOf(setBalance(manager!, id, 80));

    expect(error).toBeInstanceOf(UnitClosedError);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 90, version: 2 });
  });

  it('needs no second connection, and leaves the pool whole', async () => {
    const [id] = await insertAccounts(database, [100]);

    await withPool(database, { poolSize: 1 }, async (single) => {
      await single.transaction(async (manager) => {
        await setBalance(manager, id, 90);
        await unitOfWork(manager, async () => {
          await unitOfWork(manager.connection, (uow) =>
            uow.manager.increment(Account, { id }, 'balance', 1),
          );
        });
      });
      expect(await inspectPool(database, single, 1)).toEqual({ connections: 1, inTransaction: [] });
    });

    expect(await storedAccount(database, id)).toMatchObject({ balance: 91 });
  });

  it('leaves no connection on which the caller could commit when its own was lost', async () => {
    const [id, other] = await insertAccounts(database, [100, 100]);

    let lost: unknown;
    const error = await rejectionOf(
      begin(async (manager) => {
        await changeOwner(manager, id);
        lost = await rejectionOf(
          unitOfWork(manager, async (uow) => {
            await killSession(database, await sessionId(database, uow.manager));
            (await uow.findOneByOrFail(Account, { id })).balance = 90;
          }),
        );
        await changeOwner(manager, other);
      }),
    );

    expect(lost).toMatchObject({ name: 'TransientError' });
    expect(error).toBeInstanceOf(Error);
    for (const one of [id, other]) {
      expect(await storedAccount(database, one)).toMatchObject({ owner: 'nobody', balance: 100 });
    }
  });
});

onEachDatabase(
  "a deadlock in its caller's transaction",
  [Account],
  (database) => {
    it('ends the connection, so that nothing after it commits by itself', async () => {
      const [mine, his, later, ...many] = await insertAccounts(database, [1, 1, 1, 1, 1, 1, 1, 1]);
      const rival = database.source.createQueryRunner();
      await rival.startTransaction();
      // Whoever has changed more rows is spared. One by one, for else all rows are locked on the way.
      for (const id of [his, ...many]) {
        await rival.query(`UPDATE account SET balance = 2 WHERE id = ${id}`);
      }

      let lost: unknown;
      const error = await rejectionOf(
        database.source.transaction(async (manager) => {
          await manager.query(`UPDATE account SET owner = 'caller' WHERE id = ${mine}`);
          const waiting = rival.query(`UPDATE account SET balance = 3 WHERE id = ${mine}`);
          await untilSomebodyWaits(database);
          lost = await rejectionOf(
            unitOfWork(manager, async (uow) => {
              (await uow.findOneByOrFail(Account, { id: his })).balance = 4;
            }),
          );
          await waiting;
          await manager.query(`UPDATE account SET owner = 'later' WHERE id = ${later}`);
        }),
      );
      expect(lost).toMatchObject({ kind: 'deadlock', replayable: false });
      await rival.rollbackTransaction();
      await rival.release();

      expect(error).toBeInstanceOf(Error);
      for (const id of [mine, his, later]) {
        expect(await storedAccount(database, id)).toMatchObject({ owner: 'nobody', balance: 1 });
      }
    });
  },
  // PostgreSQL keeps the transaction, and so the savepoint; the other variants are the same server.
  ({ name }) => name === 'mariadb' || name === 'mysql',
);
