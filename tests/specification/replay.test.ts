import {
  allOf,
  ConcurrencyError,
  configureUnitOfWork,
  constantBackoff,
  maxAttempts,
  noReplay,
  onlyIf,
  unitOfWork,
  UsageError,
  type FailedAttempt,
  type RetryPolicy,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';

// The rivals here act while an attempt waits for them: they would wait for its locks.
const withoutLocks = { lockFromAttempt: Infinity };

onEachDatabase('replay', [Account], (database) => {
  /** Loses the first `losses` attempts to a rival that adds 100 each time. */
  const loseAttempts = (id: number, losses: number) => {
    const seen: { uow: UnitOfWork; account: Account; balance: number }[] = [];
    const work = async (uow: UnitOfWork) => {
      const account = await uow.findOneByOrFail(Account, { id });
      seen.push({ uow, account, balance: account.balance });
      if (seen.length <= losses) await changeAsRival(database, id, account.balance + 100);
      account.balance += 1;
      return seen.length;
    };
    return { seen, work };
  };

  it('runs the whole function again from fresh reads, with a new identity map', async () => {
    const [id] = await insertAccounts(database, [0]);
    const { seen, work } = loseAttempts(id, 2);

    const result = await unitOfWork(database.source, work, { retry: withoutLocks });

    expect(result).toBe(3);
    expect(seen.map(({ balance }) => balance)).toEqual([0, 100, 200]);
    expect(new Set(seen.map(({ account }) => account)).size).toBe(3);
    expect(seen.map(({ uow }) => uow.attempt)).toEqual([1, 2, 3]);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 201, version: 4 });
  });

  onEachIsolation((isolation) => {
    it('begins a transaction of its own for every attempt', async () => {
      const [id] = await insertAccounts(database, [0]);
      const holder = (await database.openSource()).createQueryRunner();
      const lock = { mode: 'pessimistic_write', onLocked: 'nowait' } as const;
      await holder.startTransaction();
      await holder.manager.findOne(Account, { where: { id }, lock });

      const statements = await database.recordStatements(async () => {
        await unitOfWork(
          database.source,
          async (uow) => {
            if (uow.attempt === 1) await uow.findOne(Account, { where: { id }, lock });
            else await uow.manager.query('SELECT 1');
          },
          { isolation },
        );
      });
      await holder.rollbackTransaction();
      await holder.release();

      const begun = statements.filter((text) => /^(START|COMMIT|ROLLBACK)/.test(text));
      expect(begun.map((text) => text.split(' ')[0])).toEqual([
        'START',
        'ROLLBACK',
        'START',
        'COMMIT',
      ]);
      const level = `ISOLATION LEVEL ${isolation ?? 'READ COMMITTED'}`;
      expect(statements.filter((text) => text.endsWith(level))).toHaveLength(2);
    });
  });

  it('lets new objects of a lost attempt be added again, with no key left in them', async () => {
    const [id] = await insertAccounts(database, [0]);
    const fresh = Object.assign(new Account(), { balance: 7 });
    const keys: unknown[] = [];

    await unitOfWork(database.source, async (uow) => {
      keys.push(fresh.id);
      uow.add(fresh);
      await uow.flush();
      const account = await uow.findOneByOrFail(Account, { id });
      if (uow.attempt === 1) await changeAsRival(database, id, 5);
      account.balance += fresh.balance;
    });

    expect(keys).toEqual([undefined, undefined]);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 12 });
    expect(await storedAccount(database, fresh.id)).toMatchObject({ balance: 7, version: 1 });
  });

  it('refuses entities of an earlier attempt', async () => {
    const [id] = await insertAccounts(database, [0]);
    let kept: Account | undefined;

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        kept ??= await uow.findOneByOrFail(Account, { id });
        if (uow.attempt === 1) await changeAsRival(database, id, 5);
        if (uow.attempt === 2) uow.remove(kept);
        kept.balance = 1;
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 5 });
  });

  it('gives up when the policy refuses, and says why and after how many attempts', async () => {
    const [id] = await insertAccounts(database, [0]);
    const { work } = loseAttempts(id, Infinity);

    const error = await rejectionOf(
      unitOfWork(database.source, work, { retry: { ...withoutLocks, maxAttempts: 3 } }),
    );

    expect(error).toBeInstanceOf(ConcurrencyError);
    expect(error).toMatchObject({ attempts: 3, gaveUp: '3 attempts of at most 3 spent' });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 300 });
  });

  it('tells the policy what failed', async () => {
    const [id] = await insertAccounts(database, [0]);
    const { work } = loseAttempts(id, 2);
    const failures: FailedAttempt[] = [];
    const policy: RetryPolicy = (failure) => {
      failures.push(failure);
      return constantBackoff(3)(failure);
    };

    await unitOfWork(database.source, work, { retry: policy, name: 'raise' });

    expect(failures).toMatchObject([
      { attempt: 1, unitName: 'raise', previousDelayMs: undefined },
      { attempt: 2, unitName: 'raise', previousDelayMs: 3 },
    ]);
    expect(failures.every(({ error }) => ConcurrencyError.is(error))).toBe(true);
    expect(failures[1]!.elapsedMs).toBeGreaterThan(failures[0]!.elapsedMs);
  });

  it('does not replay what the predicate of onlyIf rules out', async () => {
    const [id] = await insertAccounts(database, [0]);
    const { seen, work } = loseAttempts(id, 1);
    const retry = allOf(
      maxAttempts(5),
      onlyIf(() => false),
    );

    const error = await rejectionOf(unitOfWork(database.source, work, { retry }));

    expect(ConcurrencyError.is(error)).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('takes its defaults from the data source, and lets a call overrule them', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource();
    configureUnitOfWork(source, { retry: noReplay, name: 'default name' });

    const refused = await rejectionOf(unitOfWork(source, loseAttempts(id, 1).work));
    const replayed = await unitOfWork(source, loseAttempts(id, 1).work, {
      retry: { maxAttempts: 2 },
    });

    expect(refused).toMatchObject({ attempts: 1 });
    expect(replayed).toBe(2);
  });

  it('never replays what the function itself throws', async () => {
    let attempts = 0;

    const error = await rejectionOf(
      unitOfWork(database.source, async () => {
        attempts++;
        throw new RangeError('mine');
      }),
    );

    expect(error).toBeInstanceOf(RangeError);
    expect(attempts).toBe(1);
  });

  it.each<[string, RetryPolicy, string]>([
    [
      'throws',
      () => {
        throw new Error('broken policy');
      },
      'broken policy',
    ],
    ['answers a wait of NaN', () => ({ retry: true, delayMs: NaN }), 'NaN'],
    ['answers a negative wait', () => ({ retry: true, delayMs: -1 }), '-1'],
    ['answers nothing', () => undefined as never, 'no decision'],
  ])('is a UsageError with the conflict as its cause if the policy %s', async (_, retry, said) => {
    const [id] = await insertAccounts(database, [0]);
    const { seen, work } = loseAttempts(id, 1);

    const error = await rejectionOf(unitOfWork(database.source, work, { retry }));

    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(said);
    const { cause } = error as Error;
    const causes: unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
    expect(causes.some((each) => ConcurrencyError.is(each))).toBe(true);
    expect(seen).toHaveLength(1);
  });

  it('holds no connection while it waits for its replay', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 1 });
    const { work } = loseAttempts(id, 1);
    let between: Promise<unknown> | undefined;
    const retry: RetryPolicy = () => {
      between = unitOfWork(source, (uow) => uow.findOneByOrFail(Account, { id }));
      return { retry: true, delayMs: 50 };
    };

    await unitOfWork(source, work, { retry });

    await expect(between).resolves.toMatchObject({ balance: 100 });
  });
});
