import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import {
  AfterCommitError,
  ConcurrencyError,
  configureUnitOfWork,
  constantBackoff,
  replayStatistics,
  tokenBudget,
  UnitAbortedError,
  unitOfWork,
  UsageError,
  type UnitOfWork,
  type UnitOfWorkDefaults,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { changeAsRival, insertAccounts, rejectionOf, storedAccount } from '../support/accounts';
import { Barrier } from '../support/barrier';
import { until } from '../support/until';

// A replay that waits in these tests must not hold up those who are still to lose their race.
const withoutLocks = { lockFromAttempt: Infinity };

const refused = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));

onEachDatabase('limits of replays', [Account], (database) => {
  const configured = async (options: UnitOfWorkDefaults) => {
    const source = await database.openSource({ poolSize: 10 });
    configureUnitOfWork(source, options);
    return source;
  };

  /** Units that all read a row before one of them writes it, so that all others are replayed. */
  const crowd = (
    source: DataSource,
    id: number,
    count: number,
    replayed: (uow: UnitOfWork) => Promise<unknown> = async () => undefined,
  ) => {
    const everybody = new Barrier(count);
    return Array.from({ length: count }, () =>
      unitOfWork(source, async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        if (uow.attempt === 1) await everybody.pass();
        else await replayed(uow);
        account.balance += 1;
      }),
    );
  };

  /** Loses every attempt to a rival. */
  const lose = (source: DataSource, id: number) =>
    unitOfWork(
      source,
      async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        await changeAsRival(database, id, account.balance + 100);
        account.balance += 1;
      },
      { retry: constantBackoff(1) },
    );

  it('refuses whoever would stand too far back in line, with its last conflict, and counts it', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await configured({ replayQueue: { maxWaiting: 2 }, retry: withoutLocks });

    // One commits, one is replayed and waits for the other seven to have come.
    const haveCome = () => {
      const { waiting, gaveUp } = replayStatistics(source);
      return waiting + gaveUp.queue === 7;
    };
    let isFirst = true;
    const outcomes = await Promise.allSettled(
      crowd(source, id, 9, async () => {
        if (isFirst) await until(haveCome);
        isFirst = false;
      }),
    );

    const errors = refused(outcomes);
    expect(errors).toHaveLength(5);
    for (const error of errors) {
      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({
        attempts: 1,
        gaveUp: '2 replays wait for one of its rows already',
        gaveUpBy: 'queue',
      });
    }
    expect(await storedAccount(database, id)).toMatchObject({ balance: 4 });
    expect(replayStatistics(source)).toEqual({
      replays: 3,
      lockingReplays: 0,
      waiting: 0,
      gaveUp: { policy: 0, ceiling: 0, budget: 0, queue: 5 },
    });
  });

  it('lets replays go at once where the line is switched off', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await configured({
      replayQueue: false,
      retry: withoutLocks,
    });
    const both = new Barrier(2);

    const units = crowd(source, id, 3, async ({ attempt }) => {
      if (attempt === 2) await both.pass();
    });

    await expect(Promise.all(units)).resolves.toHaveLength(3);
  });

  it('ends a wait in line when the unit is aborted, and nobody else’s', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await configured({ retry: withoutLocks });
    const controller = new AbortController();
    const { signal } = controller;
    const everybody = new Barrier(3);
    const replayed = async () => {
      await until(() => replayStatistics(source).waiting === 1);
      controller.abort();
      await until(() => replayStatistics(source).waiting === 0);
    };
    // Of three units two are replayed, the first of them alone is not aborted.
    let first: number | undefined;
    const units = [0, 1, 2].map((unit) => {
      const own = new AbortController();
      signal.addEventListener('abort', () => first === unit || own.abort());
      return unitOfWork(
        source,
        async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          if (uow.attempt === 1) await everybody.pass();
          else if (first === undefined) {
            first = unit;
            await replayed();
          }
          account.balance += 1;
        },
        { signal: own.signal },
      );
    });

    const errors = refused(await Promise.allSettled(units));

    expect(errors).toEqual([expect.any(UnitAbortedError)]);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 2 });
  });

  it('refuses a replay when the budget is spent, until commits have filled it up', async () => {
    const [id, other] = await insertAccounts(database, [0, 0]);
    const contention = { capacity: 2, perSecond: 0, perCommit: 0.5 };
    const source = await configured({ budget: tokenBudget({ contention }) });
    const spent = {
      gaveUp: 'the retry budget of the data source is spent',
      gaveUpBy: 'budget',
    };

    await expect(rejectionOf(lose(source, id))).resolves.toMatchObject({ ...spent, attempts: 3 });
    await expect(rejectionOf(lose(source, id))).resolves.toMatchObject({ ...spent, attempts: 1 });
    for (let commit = 0; commit < 2; commit++) {
      await unitOfWork(source, async (uow) => {
        (await uow.findOneByOrFail(Account, { id: other })).balance += 1;
      });
    }
    await expect(rejectionOf(lose(source, id))).resolves.toMatchObject({ ...spent, attempts: 2 });

    expect(replayStatistics(source)).toMatchObject({ replays: 3, gaveUp: { budget: 3 } });
  });

  const thrown = new Error('no such bucket');
  const fail = () => {
    throw thrown;
  };
  it.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('stores what was committed although the budget then %s', async (_, onCommit) => {
    const [id] = await insertAccounts(database, [0]);
    const budget = { tryTake: () => true, onCommit: onCommit as () => void };
    const source = await configured({ budget });

    const error = await rejectionOf(
      unitOfWork(source, async (uow) => {
        (await uow.findOneByOrFail(Account, { id })).balance = 5;
        return 'stored';
      }),
    );

    expect(error).toBeInstanceOf(AfterCommitError);
    expect(error).toMatchObject({ result: 'stored', errors: [thrown] });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 5 });
  });

  it('refuses a replay that a budget only promises', async () => {
    const [id] = await insertAccounts(database, [0]);
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const tryTake = (async () => fail()) as unknown as () => boolean;
    const source = await configured({ budget: { tryTake, onCommit: () => undefined } });

    const error = await rejectionOf(lose(source, id));

    await wait(5);
    process.off('unhandledRejection', unhandled);
    expect(error).toBeInstanceOf(UsageError);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each<[string, unknown, RegExp]>([
    ['a budget that is none', { budget: { tryTake: true } }, /^budget must be a retry budget/],
    ['a queue that is none', { replayQueue: true }, /^replayQueue must be false or an object/],
    ['an unknown queue option', { replayQueue: { max: 1 } }, /^unknown queue option: max$/],
    ['a bound that is none', { replayQueue: { maxWaiting: -1 } }, /^maxWaiting must be a number/],
    [
      'a writer that is none',
      { writer: {} },
      /^writer must be a data source, and of the same type/,
    ],
    ['an attempt that never locks', { retry: { lockFromAttempt: 1 } }, /^lockFromAttempt must be/],
  ])('refuses %s', (_title, options, message) => {
    const configure = () => configureUnitOfWork(database.source, options as UnitOfWorkDefaults);

    expect(configure).toThrow(UsageError);
    expect(configure).toThrow(message);
  });

  it('belong to the data source, not to one unit', async () => {
    const options = { budget: tokenBudget() } as object;

    await expect(unitOfWork(database.source, async () => 1, options)).rejects.toThrow(
      'unknown unit of work option: budget',
    );
  });
});
