import { setTimeout } from 'node:timers/promises';
import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import {
  AfterCommitError,
  ConcurrencyError,
  noReplay,
  TransactionFailedError,
  UnitAbortedError,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import {
  changeAsRival,
  insertAccounts,
  rejectionOf,
  storedAccount,
  storedAccounts,
} from '../support/accounts';

onEachDatabase('dead units', [Account], (database) => {
  const isPostgres = database.engine === 'postgres';

  /** Changes an account, meets an error, swallows it and goes on as if nothing had happened. */
  const swallow = async (
    meet: (uow: UnitOfWork, account: Account) => Promise<unknown>,
    options: Parameters<typeof unitOfWork>[2] = {},
  ) => {
    const [id] = await insertAccounts(database, [100]);
    const seen: unknown[] = [];
    let attempts = 0;
    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          attempts++;
          const account = await uow.findOneByOrFail(Account, { id });
          account.balance = 1;
          await uow.flush();
          seen.push(await meet(uow, account).catch((met: unknown) => met));
          seen.push(await uow.manager.query('SELECT 1').catch((met: unknown) => met));
          account.balance = 2;
          await uow.flush().catch((met: unknown) => seen.push(met));
        },
        { retry: noReplay, ...options },
      ),
    );
    return { id, error, seen, attempts };
  };

  const duplicateKey = (uow: UnitOfWork, { id }: Account) => {
    uow.add(Object.assign(new Account(), { id }));
    return uow.flush();
  };

  onEachIsolation((isolation) => {
    it('never commits after a duplicate key that was swallowed', async () => {
      const { id, error, seen } = await swallow(duplicateKey, { isolation });

      expect(error).toBeInstanceOf(TransactionFailedError);
      expect((error as Error).cause).toBe(seen[0]);
      expect(seen[1]).toBeInstanceOf(TransactionFailedError);
      expect(seen[2]).toBeInstanceOf(TransactionFailedError);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 1 });
    });

    it('replays a unit that swallowed the ConcurrencyError of its flush', async () => {
      const [id, other] = await insertAccounts(database, [100, 100]);
      let attempts = 0;
      let rivalWrote = false;

      await unitOfWork(
        database.source,
        async (uow) => {
          attempts++;
          const account = await uow.findOneByOrFail(Account, { id });
          account.balance -= 10;
          await uow.flush();
          if (attempts > 1) return;
          const stale = await uow.findOneByOrFail(Account, { id: other });
          // At MariaDB's SERIALIZABLE the read locks the row, and the rival may lose instead.
          const rival = changeAsRival(database, other, 7).then(
            () => (rivalWrote = true),
            () => undefined,
          );
          await Promise.race([rival, setTimeout(50)]);
          stale.owner = 'unit';
          await uow.flush().catch(() => undefined);
          await rival;
        },
        { isolation },
      );

      const stored = await storedAccount(database, other);
      expect(stored).toMatchObject(rivalWrote ? { balance: 7 } : { balance: 100, owner: 'unit' });
      expect(attempts).toBe(rivalWrote ? 2 : 1);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 90, version: 2 });
    });
  });

  it('sends nothing but ROLLBACK after a swallowed error, and then only reads', async () => {
    const statements = await database.recordStatements(async () => {
      await swallow(duplicateKey);
    });

    // The first INSERT made the account, the second is the one that fails.
    const isInsert = (statement: string) => statement.includes('INSERT INTO');
    const failing = statements.findIndex(
      (statement, i) => isInsert(statement) && statements.slice(0, i).some(isInsert),
    );
    expect(failing).toBeGreaterThan(0);
    const [next, ...later] = statements.slice(failing + 1);
    expect(next).toBe('ROLLBACK');
    // Whether a rival took the key is read from the rows, outside any transaction.
    expect(later.filter((statement) => !statement.startsWith('SELECT'))).toEqual([]);
  });

  it('is a TransactionFailedError with the first error as its cause, whatever was thrown instead', async () => {
    const [id] = await insertAccounts(database, [100]);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        await duplicateKey(uow, account).catch(() => undefined);
        throw new Error('replaced');
      }),
    );

    expect(error).toMatchObject({ message: 'replaced' });
    expect((await storedAccounts(database)).filter((account) => account.id === id)).toHaveLength(1);
  });

  it('replays a conflict that was wrapped in another error', async () => {
    const [id] = await insertAccounts(database, [100]);
    let attempts = 0;

    await unitOfWork(database.source, async (uow) => {
      attempts++;
      const account = await uow.findOneByOrFail(Account, { id });
      if (attempts === 1) await changeAsRival(database, id, 50);
      account.balance -= 10;
      await uow.flush().catch((cause: unknown) => {
        throw new Error('the repository failed', { cause });
      });
    });

    expect(attempts).toBe(2);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 40, version: 3 });
  });

  it('makes a deadlock with hand-written locks a conflict, even if it was swallowed', async () => {
    const [first, second] = await insertAccounts(database, [1, 2]);
    const lock = (uow: UnitOfWork, id: number) =>
      uow.findOne(Account, { where: { id }, lock: { mode: 'pessimistic_write' } });
    const attempts = [0, 0];
    let locked = 0;
    let open: () => void;
    const bothLocked = new Promise<void>((resolve) => (open = resolve));

    const run = (index: number, ids: readonly [number, number]) =>
      unitOfWork(database.source, async (uow) => {
        attempts[index]!++;
        const account = await lock(uow, ids[0]);
        if (++locked === 2) open();
        await bothLocked;
        await lock(uow, ids[1]).catch(() => undefined);
        account!.balance += 10;
      });
    await Promise.all([run(0, [first, second]), run(1, [second, first])]);

    expect(attempts.toSorted((a, b) => a - b)).toEqual([1, 2]);
    expect(await storedAccount(database, first)).toMatchObject({ balance: 11 });
    expect(await storedAccount(database, second)).toMatchObject({ balance: 12 });
  });

  it('makes a lock that was waited for too long a conflict and undoes what was flushed before', async () => {
    const [held] = await insertAccounts(database, [5]);
    const setTimeoutOfLocks = isPostgres
      ? `SET LOCAL lock_timeout = '100ms'`
      : 'SET innodb_lock_wait_timeout = 1';

    const result = await unitOfWork(database.source, async (holder) => {
      await holder.findOne(Account, { where: { id: held }, lock: { mode: 'pessimistic_write' } });
      const rival = await database.openSource();
      return rejectionOf(
        unitOfWork(
          rival,
          async (uow) => {
            const fresh = Object.assign(new Account(), { balance: 77 });
            uow.add(fresh);
            await uow.flush();
            const account = await uow.findOneByOrFail(Account, { id: held });
            account.balance = 6;
            await uow.flush().catch(() => undefined);
          },
          { retry: noReplay, onBegin: (manager) => manager.query(setTimeoutOfLocks) },
        ),
      );
    });

    expect(result).toBeInstanceOf(ConcurrencyError);
    expect(result).toMatchObject({ kind: 'lock-timeout' });
    expect((await storedAccounts(database)).some(({ balance }) => balance === 77)).toBe(false);
  });

  if (database.name === 'mariadb snapshot-isolation') {
    it('replays a unit whose snapshot was too old, though it swallowed the error', async () => {
      const [id, other] = await insertAccounts(database, [1, 2]);
      let attempts = 0;
      const kinds: unknown[] = [];

      await unitOfWork(
        database.source,
        async (uow) => {
          attempts++;
          const account = await uow.findOneByOrFail(Account, { id });
          if (attempts === 1) await changeAsRival(database, other, 20);
          const locked = { where: { id: other }, lock: { mode: 'pessimistic_write' } } as const;
          await uow.findOne(Account, locked).catch((error: unknown) => {
            kinds.push(ConcurrencyError.is(error) && error.kind);
          });
          account.balance += 10;
        },
        { isolation: 'REPEATABLE READ' },
      );

      expect(kinds).toEqual(['snapshot']);
      expect(attempts).toBe(2);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 11, version: 2 });
    });
  }

  it('checks the answer to COMMIT', async () => {
    const [id] = await insertAccounts(database, [100]);

    const outcome = await unitOfWork(database.source, async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      account.balance = 1;
      await uow.flush();
      // Behind the unit's back, as a driver extension might do.
      const raw = (await uow.manager.queryRunner!.connect()) as { query(sql: string): unknown };
      if (isPostgres) await Promise.resolve(raw.query('SELECT 1 / 0')).catch(() => undefined);
    }).catch((error: unknown) => error);

    if (isPostgres) expect(outcome).toBeInstanceOf(TransactionFailedError);
    const expected = isPostgres ? { balance: 100, version: 1 } : { balance: 1, version: 2 };
    expect(await storedAccount(database, id)).toMatchObject(expected);
  });

  describe('with a subscriber', () => {
    const withSubscriber = async (
      subscriber: EntitySubscriberInterface,
      run: (source: DataSource) => Promise<void>,
    ) => {
      const source = await database.openSource();
      source.subscribers.push(subscriber);
      await run(source);
    };

    it('never replays after a subscriber to the commit has thrown', async () => {
      const [id] = await insertAccounts(database, [100]);
      let attempts = 0;
      const afterTransactionCommit = () => Promise.reject(new ConcurrencyError('deadlock', []));

      await withSubscriber({ afterTransactionCommit }, async (source) => {
        const error = await rejectionOf(
          unitOfWork(source, async (uow) => {
            attempts++;
            (await uow.findOneByOrFail(Account, { id })).balance = 1;
            return 'the result';
          }),
        );
        expect(error).toBeInstanceOf(AfterCommitError);
        expect(error).toMatchObject({ result: 'the result' });
      });

      expect(attempts).toBe(1);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 1, version: 2 });
    });

    it('does not wait for a subscriber to the commit any longer than it has time', async () => {
      const [id] = await insertAccounts(database, [100]);
      const afterTransactionCommit = () => new Promise<void>(() => undefined);

      await withSubscriber({ afterTransactionCommit }, async (source) => {
        const refused = rejectionOf(
          unitOfWork(
            source,
            async (uow) => {
              (await uow.findOneByOrFail(Account, { id })).balance = 1;
              return 'the result';
            },
            { timeoutMs: 500 },
          ),
        );
        const error = await Promise.race([
          refused,
          setTimeout(5_000, 'still waits', { ref: false }),
        ]);
        expect(error).toBeInstanceOf(AfterCommitError);
        expect(error).toMatchObject({
          result: 'the result',
          errors: [expect.any(UnitAbortedError)],
        });
      });

      expect(await storedAccount(database, id)).toMatchObject({ balance: 1, version: 2 });
    });

    it('rolls back once if a subscriber throws before the commit', async () => {
      const [id] = await insertAccounts(database, [100]);
      let attempts = 0;
      const beforeTransactionCommit = () => Promise.reject(new Error('vetoed'));

      await withSubscriber({ beforeTransactionCommit }, async (source) => {
        const error = await rejectionOf(
          unitOfWork(source, async (uow) => {
            attempts++;
            (await uow.findOneByOrFail(Account, { id })).balance = 1;
          }),
        );
        expect(error).toMatchObject({ message: 'vetoed' });
      });

      expect(attempts).toBe(1);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 100, version: 1 });
    });

    it('never shows a subscriber the real query runner', async () => {
      const [id] = await insertAccounts(database, [100]);
      const runners = new Set<unknown>();
      const note = (event: { queryRunner: unknown }) => void runners.add(event.queryRunner);
      const subscriber = {
        beforeTransactionStart: note,
        afterTransactionStart: note,
        beforeTransactionCommit: note,
        afterTransactionCommit: note,
        beforeQuery: note,
        afterLoad: (_: unknown, event?: { queryRunner: unknown }) => event && note(event),
      };

      let shown: unknown;
      await withSubscriber(subscriber, async (source) => {
        await unitOfWork(source, async (uow) => {
          shown = uow.manager.queryRunner;
          (await uow.findOneByOrFail(Account, { id })).balance = 1;
        });
      });

      expect([...runners]).toEqual([shown]);
    });
  });

  it('refuses a transaction that is begun on its query runner, and rolls back', async () => {
    const [id] = await insertAccounts(database, [100]);

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        (await uow.findOneByOrFail(Account, { id })).balance = 1;
        await uow.manager.queryRunner?.startTransaction();
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 100 });
  });
});
