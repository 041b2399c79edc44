import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { In, type DataSource } from 'typeorm';
import {
  configureUnitOfWork,
  noReplay,
  outsideUnitOfWork,
  replayStatistics,
  unitOfWork,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import {
  changeAsRival,
  insertAccounts,
  rejectionOf,
  storedAccount,
  storedAccounts,
} from '../support/accounts';
import { Barrier } from '../support/barrier';
import { until } from '../support/until';

const find = (uow: UnitOfWork, id: number) => uow.findOneByOrFail(Account, { id });

/** The first words of statements that a server received. */
const verbs = (statements: readonly string[]) =>
  statements.map((sql) =>
    /^SELECT[^]*\sFOR (?:NO KEY )?UPDATE/.test(sql) ? 'LOCK' : sql.split(/\s/, 1)[0],
  );

/** As if a unit had not called it: what it begins waits for that one like everybody else. */
const outside = new AsyncResource('outside');
const inAnotherContext = <T>(work: () => T): T => outside.runInAsyncScope(work);

onEachDatabase('a hot row', [Account], (database) => {
  const isPostgres = database.engine === 'postgres';

  const increment = (id: number) => async (uow: UnitOfWork) => {
    (await find(uow, id)).balance += 1;
    return uow.attempt;
  };

  /** Runs as many units as may run at once. */
  const atOnce = <T>(source: DataSource, count: number, work: (uow: UnitOfWork) => Promise<T>) =>
    Promise.all(Array.from({ length: count }, () => unitOfWork(source, work)));

  /** Lets a unit lose a row to a rival, and win it with its second attempt. */
  const heat = async (source: DataSource, id: number) =>
    unitOfWork(source, async (uow) => {
      const account = await find(uow, id);
      if (uow.attempt === 1) await changeAsRival(database, id, 0);
      account.balance += 1;
    });

  /** Lets a unit lose it although it had waited for its turn. */
  const contest = async (source: DataSource, id: number, alsoChange?: number) => {
    await heat(source, id);
    let isLost = false;
    const lose = async (uow: UnitOfWork) => {
      const account = await find(uow, id);
      // Whoever is second locks it: the rival would wait for it.
      if (!isLost) {
        isLost = true;
        await changeAsRival(database, id, 0);
      }
      account.balance += 1;
      if (alsoChange !== undefined) (await find(uow, alsoChange)).balance += 1;
    };
    await atOnce(source, 2, lose);
  };

  it('that one unit has lost is read by the others in turn, and lost by none of them', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 10 });
    await heat(source, id);

    const attempts = await atOnce(source, 20, increment(id));

    expect(attempts).toEqual(attempts.map(() => 1));
    expect(replayStatistics(source)).toMatchObject({ replays: 1, waiting: 0 });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 21, version: 23 });
  });

  it('is read by the next of the line before the one before it has returned', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 4 });
    await heat(source, id);
    const hasRead = new Barrier(2);
    let events: string[] = [];
    const unit = new AsyncLocalStorage<string>();
    source.logger.logQuery = () => void events.push(`${unit.getStore()} sends`);

    const change = async (uow: UnitOfWork) => {
      (await find(uow, id)).balance += 1;
      await hasRead.pass();
      await until(() => replayStatistics(source).waiting === 1);
      events = [];
    };
    const first = unit
      .run('the first', () => unitOfWork(source, change))
      .then(() => events.push('the first returns'));
    await hasRead.pass();
    await unit.run('the second', () => unitOfWork(source, increment(id)));
    await first;

    const before = events.slice(0, events.indexOf('the first returns'));
    expect(new Set(before)).toEqual(new Set(['the first sends', 'the second sends']));
  });

  it('is lost again where units do not line up', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 10 });
    configureUnitOfWork(source, { replayQueue: false });
    await heat(source, id);

    const attempts = await atOnce(source, 20, increment(id));

    expect(Math.max(...attempts)).toBeGreaterThan(1);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 21 });
  });

  it('does not make a unit wait for another one that awaits it', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 4 });
    await heat(source, id);
    const startedAt = performance.now();

    const read = await unitOfWork(source, async (uow) => {
      await find(uow, id);
      return outsideUnitOfWork(() => unitOfWork(source, async (inner) => find(inner, id)));
    });

    expect(read.id).toBe(id);
    // Its patience would have been longer.
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  const never: readonly [string, (source: DataSource, a: number, b: number) => Promise<unknown>][] =
    [
      [
        'a unit has found several at once',
        (source, a, b) => unitOfWork(source, (uow) => Promise.all([find(uow, a), find(uow, b)])),
      ],
      [
        'a unit has found one twice at once',
        (source, a) => unitOfWork(source, (uow) => Promise.all([find(uow, a), find(uow, a)])),
      ],
      [
        'a unit has ended while it stood in line',
        async (source, a) => {
          const failing = (uow: UnitOfWork) =>
            Promise.all([find(uow, a), Promise.reject(new Error('thrown'))]);
          const before = unitOfWork(source, async (uow) => {
            await find(uow, a);
            await rejectionOf(
              outsideUnitOfWork(() => inAnotherContext(() => unitOfWork(source, failing))),
            );
          });
          await before;
        },
      ],
      [
        'somebody has used a manager whose unit had ended',
        async (source, a) => {
          const manager = await unitOfWork(source, async (uow) => uow.manager);
          await rejectionOf(manager.findOneBy(Account, { id: a }));
        },
      ],
    ];
  it.each(never)('keeps nobody waiting when %s', async (_title, use) => {
    const [a, b] = await insertAccounts(database, [0, 0]);
    const source = await database.openSource({ poolSize: 4 });
    await heat(source, a);
    await heat(source, b);

    await use(source, a, b);
    const startedAt = performance.now();
    for (const id of [a, b]) await unitOfWork(source, (uow) => find(uow, id));

    // Each would wait for a second.
    expect(performance.now() - startedAt).toBeLessThan(900);
  });

  it('does not keep units for ever from one that waits for them', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 4 });
    await heat(source, id);
    const everybody = new Barrier(2);

    const attempts = await atOnce(source, 2, async (uow) => {
      (await find(uow, id)).balance += 1;
      if (uow.attempt === 1) await everybody.pass();
      return uow.attempt;
    });

    expect(attempts.toSorted((one, other) => one - other)).toEqual([1, 2]);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 3 });
  });

  it('is locked before it is read once it was lost to somebody who stands in no line', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 4 });
    await contest(source, id);

    const statements = await database.recordStatements(() => atOnce(source, 2, increment(id)));

    // The first of the line is alone; the other one locks.
    const begin = isPostgres ? ['START'] : ['SET', 'START'];
    const readBack = isPostgres ? [] : ['SELECT'];
    expect(verbs(statements)).toEqual(
      [
        ['SELECT', ...(database.options.type === 'mariadb' ? ['BEGIN'] : ['UPDATE', ...readBack])],
        [...begin, 'LOCK', 'UPDATE', ...readBack, 'COMMIT'],
      ].flat(),
    );
    expect(await storedAccount(database, id)).toMatchObject({ balance: 4 });
  });

  it('is not locked ahead by a unit whose savepoint awaits it', async () => {
    const [id, other] = await insertAccounts(database, [0, 0]);
    const source = await database.openSource({ poolSize: 4 });
    await contest(source, id);
    const isHeld = new Barrier(1);
    const holder = unitOfWork(source, async (uow) => {
      await find(uow, id);
      await isHeld.pass();
      await wait(50);
    });

    const waiting = unitOfWork(source, async (uow) => {
      const account = await find(uow, other);
      const soon = find(uow, id);
      await uow.savepoint(async () => {
        account.balance = 1;
        (await soon).balance += 1;
      });
    });

    await expect(Promise.all([holder, waiting])).resolves.toBeDefined();
    expect(await storedAccount(database, other)).toMatchObject({ balance: 1 });
  });

  it('is not locked ahead of others that the units want as well', async () => {
    const [id, other] = await insertAccounts(database, [0, 0]);
    const source = await database.openSource({ poolSize: 4 });
    await contest(source, id, other);

    const statements = await database.recordStatements(() => atOnce(source, 2, increment(id)));

    expect(verbs(statements)).not.toContain('LOCK');
    expect(await storedAccount(database, id)).toMatchObject({ balance: 4 });
  });

  it('is not locked ahead by a unit that may not run again', async () => {
    const [first, second] = await insertAccounts(database, [0, 0]);
    const source = await database.openSource({ poolSize: 4 });
    await contest(source, second);
    const changeBoth = async (uow: UnitOfWork) => {
      (await find(uow, second)).balance += 1;
      (await find(uow, first)).balance += 1;
      return uow.attempt;
    };

    const attempts = [noReplay, noReplay].map((retry) => unitOfWork(source, changeBoth, { retry }));

    await expect(Promise.all(attempts)).resolves.toEqual([1, 1]);
    expect(await storedAccount(database, first)).toMatchObject({ balance: 2 });
  });

  it('that was locked ahead makes a unit begin again, which must lock others before it', async () => {
    const [first, second] = await insertAccounts(database, [0, 0]);
    const source = await database.openSource({ poolSize: 4 });
    await contest(source, second);

    const attempts = await atOnce(source, 2, async (uow) => {
      (await find(uow, second)).balance += 1;
      (await find(uow, first)).balance += 1;
      return uow.attempt;
    });

    expect(attempts).toEqual([1, 2]);
    expect(await storedAccounts(database)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: first, balance: 2 }),
        expect.objectContaining({ id: second, balance: 4 }),
      ]),
    );
  });
});

onEachDatabase('what a replay has locked', [Account], (database) => {
  const isPostgres = database.engine === 'postgres';

  /** Loses these rows in attempt 1 and runs `work` in attempt 2, whose statements are returned. */
  const replayOf = async (
    ids: readonly number[],
    work: (uow: UnitOfWork) => Promise<unknown>,
  ): Promise<(string | undefined)[]> => {
    const statements = await database.recordStatements(() =>
      unitOfWork(database.source, async (uow) => {
        if (uow.attempt === 1) {
          for (const account of await uow.findBy(Account, { id: In([...ids]) })) {
            account.balance += 1;
          }
          await outsideUnitOfWork(async () => {
            for (const id of ids) await changeAsRival(database, id, 50);
          });
          return undefined;
        }
        return work(uow);
      }),
    );
    const all = verbs(statements);
    return all.slice(all.lastIndexOf('START'));
  };

  it('is neither read nor locked again', async () => {
    const ids = await insertAccounts(database, [0, 0]);
    const [first, second] = ids;

    const statements = await replayOf(ids, async (uow) => {
      (await find(uow, first)).balance += 1;
      (await find(uow, second)).balance += 1;
    });

    const update = isPostgres ? ['WITH'] : ['UPDATE', 'SELECT'];
    expect(statements).toEqual(['START', 'LOCK', ...update, 'COMMIT']);
    expect(await storedAccount(database, first)).toMatchObject({ balance: 51, version: 3 });
    expect(await storedAccount(database, second)).toMatchObject({ balance: 51, version: 3 });
  });

  it('is read anew after a statement of the user that may have changed it', async () => {
    const ids = await insertAccounts(database, [0]);
    const [id] = ids;
    let seen = 0;

    await replayOf(ids, async (uow) => {
      await uow.manager.query(`UPDATE account SET balance = 77 WHERE id = ${id}`);
      seen = (await find(uow, id)).balance;
    });

    expect(seen).toBe(77);
  });

  it('is read anew after the unit has written it', async () => {
    const ids = await insertAccounts(database, [0]);
    const [id] = ids;

    await replayOf(ids, async (uow) => {
      (await find(uow, id)).balance = 60;
      await uow.flush();
      uow.clear();
      const account = await find(uow, id);
      expect(account).toMatchObject({ balance: 60, version: 3 });
      account.balance += 1;
    });

    expect(await storedAccount(database, id)).toMatchObject({ balance: 61, version: 4 });
  });

  it('is compared with what the unit expects of it', async () => {
    const [id] = await insertAccounts(database, [0]);
    const elsewhere = await database.source.manager.findOneByOrFail(Account, { id });

    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        if (uow.attempt === 1) {
          (await find(uow, id)).balance += 1;
          return changeAsRival(database, id, 50);
        }
        // Locked at version 2; this one was read at version 1.
        uow.attach(elsewhere).balance = 7;
        return undefined;
      }),
    );

    expect(error).toMatchObject({
      name: 'ConcurrencyError',
      conflicts: [{ expectedVersion: 1, actualVersion: 2 }],
    });
    expect(await storedAccount(database, id)).toMatchObject({ balance: 50, version: 2 });
  });

  it('is found once by a key that is given twice', async () => {
    const ids = await insertAccounts(database, [0]);
    const [id] = ids;
    let found: Account[] = [];

    await replayOf(ids, async (uow) => {
      found = await uow.findBy(Account, { id: In([id, String(id)]) });
    });

    expect(found).toHaveLength(1);
  });

  it('is gone when a rival has deleted it', async () => {
    const ids = await insertAccounts(database, [0]);
    const [id] = ids;
    let found: unknown;

    await unitOfWork(database.source, async (uow) => {
      found = await uow.findOneBy(Account, { id });
      if (uow.attempt > 1 || found === null) return;
      (found as Account).balance += 1;
      await database.sql('DELETE FROM account WHERE id = $1', [id]);
    });

    expect(found).toBeNull();
  });
});
