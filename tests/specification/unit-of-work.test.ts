import { setTimeout } from 'node:timers/promises';
import {
  AfterCommitError,
  currentUnitOfWork,
  ConcurrencyError,
  noReplay,
  outsideUnitOfWork,
  unitOfWork,
  UnitAbortedError,
  UnitClosedError,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { Plain, Seat } from '../fixtures/values';
import { onEachDatabase } from '../setup/on-each-database';
import {
  changeAsRival,
  deleteAsRival,
  insertAccounts,
  rejectionOf,
  storedAccount,
  storedAccounts,
} from '../support/accounts';
import { testedTypeorm } from '../support/tested-typeorm';

onEachDatabase('unit of work', [Account, Plain, Seat], (database) => {
  const isPostgres = database.engine === 'postgres';
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const load = (uow: UnitOfWork, id: number) => uow.findOneByOrFail(Account, { id });
  const elsewhere = (id: number) => database.source.getRepository(Account).findOneByOrFail({ id });

  describe('attach', () => {
    it('writes what differs from the row if the version still matches', async () => {
      const [id] = await insertAccounts(database, [10]);
      const account = await elsewhere(id);
      account.balance = 11;

      await run(async (uow) => uow.attach(account));

      expect(account.version).toBe(2);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 11, version: 2 });
    });

    it('sends no write if nothing differs', async () => {
      const [id] = await insertAccounts(database, [10]);
      const account = await elsewhere(id);

      await run(async (uow) => uow.attach(account));

      expect(await storedAccount(database, id)).toMatchObject({ version: 1 });
    });

    it('is a conflict that is not replayed if the row has moved or is gone', async () => {
      const [moved, gone] = await insertAccounts(database, [10, 20]);
      const accounts = [await elsewhere(moved), await elsewhere(gone)];
      await changeAsRival(database, moved, 50);
      await deleteAsRival(database, gone);
      let attempts = 0;

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          attempts++;
          for (const account of accounts) uow.attach(account).balance = 0;
        }),
      );

      expect(attempts).toBe(1);
      expect(error).toMatchObject({
        replayable: false,
        conflicts: [
          { key: [moved], expectedVersion: 1, actualVersion: 2 },
          { key: [gone], expectedVersion: 1, actualVersion: null },
        ],
      });
      expect(await storedAccount(database, moved)).toMatchObject({ balance: 50 });
    });

    it('deletes an attached entity at the version it carries', async () => {
      const [kept, removed] = await insertAccounts(database, [10, 20]);
      const stale = await elsewhere(kept);
      const fresh = await elsewhere(removed);
      await changeAsRival(database, kept, 50);

      const error = await rejectionOf(run(async (uow) => uow.remove(uow.attach(stale))));
      await run(async (uow) => uow.remove(uow.attach(fresh)));

      expect(error).toMatchObject({ conflicts: [{ operation: 'delete', actualVersion: 2 }] });
      expect(await storedAccount(database, kept)).toBeDefined();
      expect(await storedAccount(database, removed)).toBeUndefined();
    });

    it.each<[string, (account: Account) => void]>([
      ['without its key', (account) => Reflect.deleteProperty(account, 'id')],
      ['without its version', (account) => Reflect.deleteProperty(account, 'version')],
      ['with text as its version', (account) => Object.assign(account, { version: '1' })],
      ['with a list as its version', (account) => Object.assign(account, { version: [1] })],
      ['with a fraction as its version', (account) => Object.assign(account, { version: 1.5 })],
      ['with NULL as its version', (account) => Object.assign(account, { version: null })],
    ])('refuses an entity %s', async (_, spoil) => {
      const [id] = await insertAccounts(database, [10]);
      const account = await elsewhere(id);
      spoil(account);

      expect(await rejectionOf(run(async (uow) => uow.attach(account)))).toBeInstanceOf(UsageError);
    });

    it('refuses a second instance of a row that the unit has loaded', async () => {
      const [id] = await insertAccounts(database, [10]);
      const account = await elsewhere(id);

      const error = await rejectionOf(
        run(async (uow) => {
          await load(uow, id);
          uow.attach(account);
        }),
      );

      expect(error).toBeInstanceOf(UsageError);
    });
  });

  describe('expectVersion', () => {
    it('accepts the version that was loaded', async () => {
      const [id] = await insertAccounts(database, [10]);

      await run(async (uow) => {
        const account = await load(uow, id);
        uow.expectVersion(account, 1);
        account.balance = 11;
      });

      expect(await storedAccount(database, id)).toMatchObject({ balance: 11, version: 2 });
    });

    it('is a conflict that is not replayed if another version was loaded', async () => {
      const [id] = await insertAccounts(database, [10]);
      await changeAsRival(database, id, 20);
      let attempts = 0;

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          attempts++;
          uow.expectVersion(await load(uow, id), 1);
        }),
      );

      expect(attempts).toBe(1);
      expect(error).toMatchObject({
        replayable: false,
        conflicts: [{ operation: 'expect-version', expectedVersion: 1, actualVersion: 2 }],
      });
    });

    it('compares again when the unit is written, also if it does not write that row', async () => {
      const [id, other] = await insertAccounts(database, [10, 20]);

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          uow.expectVersion(await load(uow, id), 1);
          const account = await load(uow, other);
          await changeAsRival(database, id, 99);
          account.balance = 21;
        }),
      );

      expect(error).toMatchObject({
        replayable: false,
        conflicts: [
          { operation: 'expect-version', key: [id], expectedVersion: 1, actualVersion: 2 },
        ],
      });
      expect(await storedAccount(database, other)).toMatchObject({ balance: 20 });
    });

    it.each([
      ['1'],
      ["1' OR '1'='1"],
      [[1]],
      [1.5],
      [NaN],
      [null],
      [{ toSqlString: () => '1 OR 1=1' }],
    ])('refuses %p as a version', async (version) => {
      const [id] = await insertAccounts(database, [10]);

      const error = await rejectionOf(
        run(async (uow) => uow.expectVersion(await load(uow, id), version as never)),
      );

      expect(error).toBeInstanceOf(UsageError);
    });
  });

  it('forceIncrement moves the version once per flush though nothing changed', async () => {
    const [id] = await insertAccounts(database, [10]);

    await run(async (uow) => {
      const account = await load(uow, id);
      uow.forceIncrement(account);
      uow.forceIncrement(account);
      await uow.flush();
      expect(account.version).toBe(2);
      await uow.flush();
    });

    expect(await storedAccount(database, id)).toMatchObject({ balance: 10, version: 2 });
  });

  it('lock holds rows until the unit ends, and finds one that has moved', async () => {
    const [id, moved] = await insertAccounts(database, [10, 20]);
    let rival: Promise<void> | undefined;

    await run(async (uow) => {
      const account = await load(uow, id);
      await uow.lock([account]);
      rival = changeAsRival(database, id, 99);
      expect(await Promise.race([rival, setTimeout(100, 'waits')])).toBe('waits');
      account.balance = 11;
    });
    await rival;
    const error = await rejectionOf(
      run(async (uow) => {
        const account = await load(uow, moved);
        await changeAsRival(database, moved, 21);
        await uow.lock(account);
      }),
    );

    expect(await storedAccount(database, id)).toMatchObject({ balance: 99, version: 3 });
    expect(error).toMatchObject({
      conflicts: [{ operation: 'lock', expectedVersion: 1, actualVersion: 2 }],
    });
  });

  describe('assign', () => {
    it('copies the named columns and nothing else', async () => {
      const [id] = await insertAccounts(database, [10]);
      const body: unknown = JSON.parse(
        '{"owner": "client", "balance": 1000000, "id": 1, "version": 9, "__proto__": {"admin": true}}',
      );

      await run(async (uow) => {
        uow.assign(await load(uow, id), body as object, { only: ['owner'] });
      });

      expect(await storedAccount(database, id)).toMatchObject({
        owner: 'client',
        balance: 10,
        version: 2,
      });
    });

    it.each(['id', 'version', '__proto__', 'constructor', 'unknown'])(
      'refuses to copy %s',
      async (name) => {
        const [id] = await insertAccounts(database, [10]);
        const body = JSON.parse(`{"${name}": 5}`) as object;

        const error = await rejectionOf(
          run(async (uow) => uow.assign(await load(uow, id), body, { only: [name] })),
        );

        expect(error).toBeInstanceOf(UsageError);
      },
    );
  });

  describe('flush and clear', () => {
    it('writes in portions and forgets what it has written', async () => {
      const before = (await storedAccounts(database)).length;

      await run(async (uow) => {
        for (let portion = 0; portion < 3; portion++) {
          uow.add(
            Array.from({ length: 10 }, () => Object.assign(new Account(), { balance: portion })),
          );
          await uow.flush();
          uow.clear();
        }
      });

      expect((await storedAccounts(database)).length).toBe(before + 30);
    });

    it('refuses to forget what was not written', async () => {
      const [id] = await insertAccounts(database, [10]);

      const error = await rejectionOf(
        run(async (uow) => {
          (await load(uow, id)).balance = 11;
          uow.clear();
        }),
      );

      expect(error).toBeInstanceOf(UsageError);
    });

    it('can change a row again after a flush, in one version, and delete what it inserted', async () => {
      const [id] = await insertAccounts(database, [10]);
      const fresh = Object.assign(new Account(), { balance: 1 });

      await run(async (uow) => {
        const account = await load(uow, id);
        for (let i = 0; i < 3; i++) {
          account.balance += 1;
          await uow.flush();
        }
        uow.add(fresh);
        await uow.flush();
        uow.remove(fresh);
      });

      expect(await storedAccount(database, id)).toMatchObject({ balance: 13, version: 2 });
      expect(await storedAccount(database, fresh.id)).toBeUndefined();
    });
  });

  describe('afterCommit', () => {
    it('runs once, after the commit, outside the unit, in order', async () => {
      const [id] = await insertAccounts(database, [10]);
      const calls: unknown[] = [];

      await unitOfWork(database.source, async (uow) => {
        const account = await load(uow, id);
        if (uow.attempt === 1) await changeAsRival(database, id, 20);
        account.balance += 1;
        uow.afterCommit(async () => {
          calls.push((await storedAccount(database, id))?.balance);
          await unitOfWork(database.source, (inner) => load(inner, id));
        });
        uow.afterCommit(() => calls.push(uow.attempt));
      });

      expect(calls).toEqual([21, 2]);
    });

    it('runs every callback and carries result and errors if one fails', async () => {
      const [id] = await insertAccounts(database, [10]);
      const calls: string[] = [];

      const error = await rejectionOf(
        unitOfWork(database.source, async (uow) => {
          (await load(uow, id)).balance = 11;
          uow.afterCommit(() => Promise.reject(new Error('mail server')));
          uow.afterCommit(() => calls.push('second'));
          return 42;
        }),
      );

      expect(error).toBeInstanceOf(AfterCommitError);
      expect(error).toMatchObject({ result: 42, cause: { message: 'mail server' } });
      expect(calls).toEqual(['second']);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 11 });
    });

    it('does not run for a unit that failed', async () => {
      const calls: string[] = [];

      await rejectionOf(
        run(async (uow) => {
          uow.afterCommit(() => calls.push('ran'));
          throw new Error('failed');
        }),
      );

      expect(calls).toEqual([]);
    });
  });

  describe('sealed', () => {
    it('refuses every use after it has ended', async () => {
      const [id] = await insertAccounts(database, [10]);
      let kept: UnitOfWork | undefined;
      let manager: UnitOfWork['manager'] | undefined;
      await run(async (uow) => {
        kept = uow;
        manager = uow.manager;
      });

      expect(() => kept!.add(new Account())).toThrow(UnitClosedError);
      await expect(kept!.find(Account)).rejects.toBeInstanceOf(UnitClosedError);
      await expect(kept!.flush()).rejects.toBeInstanceOf(UnitClosedError);
      await expect(manager!.findOneBy(Account, { id })).rejects.toThrow();
    });

    it('rolls back if operations are still pending when the function returns', async () => {
      const ids = await insertAccounts(database, [1, 2, 3]);
      const left: Promise<unknown>[] = [];

      const error = await rejectionOf(
        run(async (uow) => {
          (await load(uow, ids[0])).balance = 100;
          ids.forEach((id) => {
            const change = async () => {
              (await load(uow, id)).balance += 10;
            };
            left.push(change().catch((late: unknown) => late));
          });
        }),
      );
      await Promise.all(left);

      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toContain('pending');
      const stored = (await storedAccounts(database)).filter(({ id }) => ids.includes(id));
      expect(stored.map(({ balance }) => balance)).toEqual([1, 2, 3]);
    });

    it('runs operations that are awaited together', async () => {
      const ids = await insertAccounts(database, [1, 2, 3]);

      await run(async (uow) => {
        await Promise.all(ids.map(async (id) => ((await load(uow, id)).balance += 10)));
      });

      const stored = (await storedAccounts(database)).filter(({ id }) => ids.includes(id));
      expect(stored.map(({ balance }) => balance)).toEqual([11, 12, 13]);
    });

    it('keeps its entities from other units', async () => {
      const [id] = await insertAccounts(database, [10]);
      const loaded = await run((uow) => load(uow, id));

      const added = await rejectionOf(run(async (uow) => uow.add(loaded)));
      const removed = await rejectionOf(run(async (uow) => uow.remove(loaded)));

      expect([added, removed].every((error) => error instanceof UsageError)).toBe(true);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 10, version: 1 });
    });
  });

  describe('ambient', () => {
    it('finds the unit that is open, and none before, after and outside it', async () => {
      const seen: unknown[] = [currentUnitOfWork()];
      let unit: UnitOfWork | undefined;

      await run(async (uow) => {
        unit = uow;
        seen.push(currentUnitOfWork());
        await outsideUnitOfWork(async () => seen.push(currentUnitOfWork()));
        uow.afterCommit(() => seen.push(currentUnitOfWork()));
      });
      seen.push(currentUnitOfWork());

      expect(seen).toEqual([undefined, unit, undefined, undefined, undefined]);
    });

    it('keeps what was written outside a unit that is rolled back', async () => {
      const [id] = await insertAccounts(database, [1]);

      await rejectionOf(
        run(async (uow) => {
          (await load(uow, id)).balance = 2;
          await outsideUnitOfWork(() => insertAccounts(database, [4_711]));
          throw new Error('rolled back');
        }),
      );

      expect(await storedAccount(database, id)).toMatchObject({ balance: 1 });
      expect((await storedAccounts(database)).at(-1)).toMatchObject({ balance: 4_711 });
    });

    it('is known to subscribers while the unit is written', async () => {
      const source = await database.openSource();
      const fresh = Object.assign(new Account(), { balance: 5 });
      const calls: string[] = [];
      source.subscribers.push({
        beforeInsert: () => currentUnitOfWork()?.afterCommit(() => calls.push('after commit')),
      });

      await unitOfWork(source, async (uow) => uow.add(fresh));

      expect(calls).toEqual(['after commit']);
    });
  });

  describe('deadline', () => {
    const holding = async (id: number, during: () => Promise<void>) => {
      const rival = await database.openSource();
      await rival.transaction(async (manager) => {
        await manager.findOne(Account, { where: { id }, lock: { mode: 'pessimistic_write' } });
        await during();
      });
    };

    it('ends a wait for a lock at once when its time is up', async () => {
      const [id] = await insertAccounts(database, [10]);
      let attempts = 0;

      await holding(id, async () => {
        const startedAt = Date.now();
        const error = await rejectionOf(
          unitOfWork(
            database.source,
            async (uow) => {
              attempts++;
              const account = await load(uow, id);
              await uow.manager.query('SELECT 1');
              account.balance = 11;
            },
            { timeoutMs: 300 },
          ),
        );
        expect(error).toMatchObject({ name: 'UnitAbortedError', reason: 'timeout' });
        expect(Date.now() - startedAt).toBeLessThan(3_000);
      });

      expect(attempts).toBe(1);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 10, version: 1 });
    });

    it('ends a wait for the user’s own code when its signal is aborted', async () => {
      const controller = new AbortController();
      const reason = new Error('the client went away');

      const running = unitOfWork(
        database.source,
        async (uow) => {
          controller.abort(reason);
          expect(uow.signal.aborted).toBe(true);
          await setTimeout(60_000, undefined, { signal: uow.signal }).catch(() => undefined);
          await new Promise(() => undefined);
        },
        { signal: controller.signal },
      );

      const error = await rejectionOf(running);
      expect(error).toBeInstanceOf(UnitAbortedError);
      expect(error).toMatchObject({ reason: 'signal', cause: reason });
    });

    it('ends the wait before a replay', async () => {
      const [id] = await insertAccounts(database, [10]);
      const controller = new AbortController();

      const running = unitOfWork(
        database.source,
        async (uow) => {
          const account = await load(uow, id);
          await changeAsRival(database, id, 20);
          account.balance = 0;
        },
        {
          signal: controller.signal,
          retry: () => {
            globalThis.setTimeout(() => controller.abort(), 20);
            return { retry: true, delayMs: 30_000 };
          },
        },
      );

      expect(await rejectionOf(running)).toBeInstanceOf(UnitAbortedError);
    });

    it('does not start when its signal is aborted already', async () => {
      let ran = false;

      const error = await rejectionOf(
        unitOfWork(
          database.source,
          async () => {
            ran = true;
          },
          { signal: AbortSignal.abort() },
        ),
      );

      expect(error).toBeInstanceOf(UnitAbortedError);
      expect(ran).toBe(false);
    });

    it('ends a wait for a connection of the pool', async () => {
      const source = await database.openSource({ poolSize: 1 });

      const blocker = source.createQueryRunner();
      await blocker.connect();
      const waiting = await rejectionOf(
        unitOfWork(source, (uow) => uow.find(Account), { timeoutMs: 100 }),
      );
      await blocker.release();

      expect(waiting).toMatchObject({ name: 'UnitAbortedError', reason: 'timeout' });
      expect(await unitOfWork(source, async () => 'free again')).toBe('free again');
    });
  });

  describe('odd ends', () => {
    it('waits as long as it takes with a timeout that no timer can hold', async () => {
      await expect(
        unitOfWork(database.source, async () => 'done', { timeoutMs: Infinity }),
      ).resolves.toBe('done');
    });

    it('sends no COMMIT after an abort, however late', async () => {
      const [id] = await insertAccounts(database, [10]);
      const source = await database.openSource();
      const controller = new AbortController();
      source.subscribers.push({ beforeTransactionCommit: () => controller.abort() });

      const error = await rejectionOf(
        unitOfWork(
          source,
          async (uow) => {
            (await load(uow, id)).balance = 11;
          },
          { signal: controller.signal },
        ),
      );

      expect(error).toBeInstanceOf(UnitAbortedError);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 10 });
    });

    it('does not outlast its deadline for a subscriber that hangs', async () => {
      const source = await database.openSource({ poolSize: 1 });
      const subscriber = { beforeTransactionCommit: () => new Promise<void>(() => undefined) };
      source.subscribers.push(subscriber);

      const error = await rejectionOf(
        unitOfWork(source, (uow) => uow.manager.query('SELECT 1'), { timeoutMs: 100 }),
      );
      source.subscribers.splice(source.subscribers.indexOf(subscriber), 1);

      expect(error).toBeInstanceOf(UnitAbortedError);
      expect(await unitOfWork(source, async () => 'free again')).toBe('free again');
    });

    it('gives its connection back though an entity cannot be taken back', async () => {
      const source = await database.openSource({ poolSize: 1 });

      const error = await rejectionOf(
        unitOfWork(source, async (uow) => {
          const fresh = Object.assign(new Account(), { balance: 1 });
          uow.add(fresh);
          await uow.flush();
          Object.freeze(fresh);
          throw new RangeError('mine');
        }),
      );

      expect(error).toBeInstanceOf(RangeError);
      expect(await unitOfWork(source, async () => 'free again')).toBe('free again');
    });

    // TypeORM 0.3.20 sends a statement to MySQL and MariaDB without waiting for those whom it tells of it.
    const isAwaited = testedTypeorm !== 'typeorm-0320' || database.engine === 'postgres';
    if (isAwaited) {
      it('lets a subscriber to queries query, and keeps a listener from flushing', async () => {
        const [id] = await insertAccounts(database, [10]);
        const source = await database.openSource();
        let asked = 0;
        source.subscribers.push({
          beforeQuery: async (event) => {
            if (event.query.startsWith('SELECT') && asked++ === 0) {
              await event.queryRunner.query('SELECT 1');
            }
          },
          beforeUpdate: () => currentUnitOfWork()?.flush(),
        });

        const error = await rejectionOf(
          unitOfWork(source, async (uow) => {
            (await load(uow, id)).balance = 11;
          }),
        );

        expect(asked).toBeGreaterThan(0);
        expect(error).toBeInstanceOf(UsageError);
      });
    }

    it('refuses to have its transaction ended from within', async () => {
      const [id] = await insertAccounts(database, [10]);

      const error = await rejectionOf(
        run(async (uow) => {
          (await load(uow, id)).balance = 11;
          await uow.flush();
          await uow.manager.query('  commit');
        }),
      );

      expect(error).toBeInstanceOf(UsageError);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 10 });
    });

    // mysql2 finds a text for whatever it is given.
    if (isPostgres) {
      it('does not take a parameter that cannot be sent for a lost connection', async () => {
        const circle: Record<string, unknown> = {};
        circle['self'] = circle;
        let attempts = 0;

        const error = await rejectionOf(
          unitOfWork(database.source, async (uow) => {
            attempts++;
            await uow.manager.query('SELECT $1::text', [circle]);
          }),
        );

        expect(attempts).toBe(1);
        expect(error).toMatchObject({ message: expect.stringContaining('circular') });
      });
    }

    it('does not replay a conflict that is not its own', async () => {
      let attempts = 0;

      const error = await rejectionOf(
        unitOfWork(database.source, async () => {
          attempts++;
          throw new ConcurrencyError('row-version', []);
        }),
      );

      expect(ConcurrencyError.is(error)).toBe(true);
      expect(attempts).toBe(1);
    });

    it('names attached and loaded rows that were lost in one error', async () => {
      const [attached, loaded] = await insertAccounts(database, [1, 2]);
      const stale = await elsewhere(attached);
      await changeAsRival(database, attached, 50);

      const error = await rejectionOf(
        run(async (uow) => {
          uow.attach(stale).balance = 0;
          (await load(uow, loaded)).balance = 0;
          await changeAsRival(database, loaded, 60);
        }),
      );

      expect(error).toMatchObject({
        replayable: false,
        conflicts: [{ key: [attached] }, { key: [loaded], expectedVersion: 1, actualVersion: 2 }],
      });
    });
  });

  it('runs onBegin in the transaction of every attempt', async () => {
    const [id] = await insertAccounts(database, [10]);
    let began = 0;
    const attempts: number[] = [];

    await unitOfWork(
      database.source,
      async (uow) => {
        attempts.push(uow.attempt);
        const account = await load(uow, id);
        if (uow.attempt === 1) await changeAsRival(database, id, 20);
        account.balance += 1;
      },
      {
        onBegin: async (manager) => {
          began++;
          await manager.query(isPostgres ? `SET LOCAL statement_timeout = '30s'` : 'SELECT 1');
        },
      },
    );

    expect(attempts).toEqual([1, 2]);
    expect(began).toBe(2);
  });

  describe('bad input', () => {
    it.each<[string, (uow: UnitOfWork, account: Account) => unknown]>([
      ['add() of what is no entity', (uow) => uow.add({ id: 1 })],
      ['add() of an object without a prototype', (uow) => uow.add(Object.create(null) as object)],
      ['add() of text', (uow) => uow.add('account' as never)],
      ['add() of null', (uow) => uow.add(null as never)],
      ['add() of a loaded entity', (uow, account) => uow.add(account)],
      ['remove() of what is not tracked', (uow) => uow.remove(new Account())],
      ['forceIncrement() of what is not tracked', (uow) => uow.forceIncrement(new Account())],
      [
        'lock() of a new entity',
        async (uow) => {
          const fresh = new Account();
          uow.add(fresh);
          await uow.lock(fresh);
        },
      ],
      ['an entity without its natural key', (uow) => uow.add(new Plain())],
      ['a version that was assigned', (_, account) => Object.assign(account, { version: 9 })],
      ['a key that was changed', (_, account) => Object.assign(account, { id: account.id + 1 })],
      ['a list as a key', (uow) => uow.add(Object.assign(new Plain(), { id: [1], text: '' }))],
      [
        'text that is no number as a key',
        (uow) => uow.add(Object.assign(new Plain(), { id: '1 OR 1=1', text: '' })),
      ],
      [
        'an object with toSqlString as a key',
        (uow) => uow.add(Object.assign(new Plain(), { id: { toSqlString: () => '1' }, text: '' })),
      ],
      [
        'manager.insert() of a loaded entity',
        (uow, account) => uow.manager.insert(Account, account),
      ],
      ['manager.save() of text', (uow) => uow.manager.save(Account, 'account' as never)],
      [
        'manager.save() without listeners',
        (uow, account) => uow.manager.save(account, { listeners: false }),
      ],
      ['manager.save() with data', (uow, account) => uow.manager.save(account, { data: {} })],
      [
        'manager.remove() of what has no key',
        (uow) => uow.manager.remove(Object.assign(new Account(), { balance: 1 })),
      ],
      ['manager.clear()', (uow) => uow.manager.clear(Account)],
      [
        'manager.insert() of an expression of SQL',
        (uow) => uow.manager.insert(Account, { owner: () => 'current_user' }),
      ],
      [
        'manager.upsert() by a part of the index',
        (uow) =>
          uow.manager.upsert(
            Plain,
            { id: 1, text: '' },
            { conflictPaths: ['id'], indexPredicate: '1 = 1' },
          ),
      ],
      [
        'manager.update() of the row version',
        (uow, { id }) => uow.manager.update(Account, { id }, { version: 9 }),
      ],
      [
        'orUpdate() of a versioned entity',
        (uow, { id }) =>
          uow.manager
            .createQueryBuilder()
            .insert()
            .into(Account)
            .values({ id, balance: 1 })
            .orUpdate(['balance'], ['id'])
            .execute(),
      ],
      [
        'an UPDATE of what a rival statement of the unit has changed',
        async (uow, account) => {
          await uow.manager.update(Account, { id: account.id }, { balance: 11 });
          account.balance = 12;
        },
      ],
    ])('refuses %s with a UsageError and writes nothing', async (_, misuse) => {
      const [id, other] = await insertAccounts(database, [10, 20]);

      const error = await rejectionOf(
        run(async (uow) => {
          (await load(uow, other)).balance = 21;
          await misuse(uow, await load(uow, id));
        }),
      );

      expect(error).toBeInstanceOf(UsageError);
      expect(await storedAccount(database, id)).toMatchObject({ balance: 10, version: 1 });
      expect(await storedAccount(database, other)).toMatchObject({ balance: 20, version: 1 });
    });

    it.each<[string, object]>([
      ['an unknown option', { retries: 3 }],
      ['an unknown isolation level', { isolation: 'SNAPSHOT' }],
      ['a timeout of 0', { timeoutMs: 0 }],
      ['a timeout of NaN', { timeoutMs: NaN }],
      ['a signal that is none', { signal: {} }],
      ['an unknown retry option', { retry: { attempts: 3 } }],
      ['retry options out of range', { retry: { maxAttempts: 0 } }],
    ])('refuses %s', async (_, options) => {
      const error = await rejectionOf(
        unitOfWork(database.source, async () => undefined, options as never),
      );

      expect(error).toBeInstanceOf(UsageError);
    });

    it('stores hostile text as it is, as value and as key', async () => {
      const hostile = [
        `'; DROP TABLE account; --`,
        '\\',
        '"',
        '`',
        '${1}',
        "\\'",
        '%_',
        'ünï\u{1F600}',
        '__proto__',
      ];
      const accounts = hostile.map((owner) => Object.assign(new Account(), { owner }));

      await run(async (uow) => uow.add(accounts));
      await run(async (uow) => {
        for (const account of accounts) (await load(uow, account.id)).owner += '!';
      });

      for (const [i, account] of accounts.entries()) {
        expect(await storedAccount(database, account.id)).toMatchObject({
          owner: `${hostile[i]}!`,
        });
      }
    });

    it('is a ConcurrencyError that names no value of a column', async () => {
      const [id] = await insertAccounts(database, [10]);

      const error = (await rejectionOf(
        run(async (uow) => {
          const account = await load(uow, id);
          await changeAsRival(database, id, 4711);
          account.owner = 'secret owner';
          account.balance = 815;
        }),
      )) as ConcurrencyError;

      expect(error.message).not.toMatch(/secret|4711|815/);
    });
  });
});
