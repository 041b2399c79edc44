import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { replayStatistics, unitOfWork, type RetryOptions, type UnitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { changeAsRival, insertAccounts, storedAccount } from '../support/accounts';
import { Barrier } from '../support/barrier';
import { letRivalAct, type Meanwhile } from '../support/rivals';

const withoutLocks = { lockFromAttempt: Infinity };

/** A statement that fails as one does that the database has chosen for its victim. */
const conflictStatement = ({ engine }: TestDatabase) =>
  engine === 'postgres'
    ? "DO $$ BEGIN RAISE EXCEPTION 'chosen' USING ERRCODE = '40001'; END $$"
    : "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213";

const find = (uow: UnitOfWork, id: number) => uow.findOneByOrFail(Account, { id });

onEachDatabase('escalation', [Account], (database) => {
  /** Whether a rival has to wait for a row at the beginning of attempt 2. */
  const waitsFor = async (
    row: number,
    lose: (uow: UnitOfWork) => Promise<void>,
    retry?: RetryOptions,
  ) => {
    let rival: Meanwhile<void> | undefined;
    let isWaiting = false;
    await unitOfWork(
      database.source,
      async (uow) => {
        if (uow.attempt === 1) return lose(uow);
        rival = await letRivalAct(database, () => changeAsRival(database, row, 7));
        isWaiting = await Promise.race([rival.outcome.then(() => false), wait(1, true)]);
      },
      { retry },
    );
    await rival?.outcome;
    return isWaiting;
  };

  it('locks what was asserted and not written', async () => {
    const [written, asserted, read] = await insertAccounts(database, [1, 2, 3]);
    const lose = async (uow: UnitOfWork) => {
      uow.assertUnchanged(await find(uow, asserted));
      await find(uow, read);
      const account = await find(uow, written);
      account.balance += 1;
      await changeAsRival(database, written, 5);
    };

    await expect(waitsFor(asserted, lose)).resolves.toBe(true);
    await expect(waitsFor(written, lose)).resolves.toBe(true);
    await expect(waitsFor(read, lose)).resolves.toBe(false);
  });

  it('locks what was flushed before the race was lost, and what was locked', async () => {
    const [flushed, locked, lost] = await insertAccounts(database, [1, 2, 3]);
    const lose = async (uow: UnitOfWork) => {
      const account = await find(uow, lost);
      await changeAsRival(database, lost, 5);
      (await find(uow, flushed)).balance += 1;
      await uow.flush();
      await uow.lock(await find(uow, locked));
      account.balance += 1;
    };

    await expect(waitsFor(flushed, lose)).resolves.toBe(true);
    await expect(waitsFor(locked, lose)).resolves.toBe(true);
  });

  it('locks what was read where the race was lost before anything was to be written', async () => {
    const [read] = await insertAccounts(database, [1]);

    const isWaiting = waitsFor(read, async (uow) => {
      await find(uow, read);
      await uow.manager.query(conflictStatement(database));
    });

    await expect(isWaiting).resolves.toBe(true);
  });

  it('locks nothing where the policy does not ask for it', async () => {
    const [id] = await insertAccounts(database, [0]);

    const isWaiting = waitsFor(
      id,
      async (uow) => {
        const account = await find(uow, id);
        account.balance += 1;
        await changeAsRival(database, id, 10);
      },
      withoutLocks,
    );

    await expect(isWaiting).resolves.toBe(false);
  });

  it('goes on without a row that a rival has deleted while others stand in line for it', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 10 });
    const everybody = new Barrier(6);

    const ends = Array.from({ length: 6 }, (_, i) =>
      unitOfWork(source, async (uow) => {
        const account = await uow.findOneBy(Account, { id });
        if (uow.attempt === 1) await everybody.pass();
        if (!account) return 'gone';
        if (i === 0) uow.remove(account);
        else account.balance += 1;
        return 'there';
      }),
    );

    const results = await Promise.all(ends);
    expect(results[0]).toBe('there');
    expect(await storedAccount(database, id)).toBeUndefined();
    expect(replayStatistics(source)).toMatchObject({ waiting: 0, gaveUp: { policy: 0 } });
  });
});

const onPostgres = ({ engine }: Pick<TestDatabase, 'engine'>) => engine === 'postgres';

onEachDatabase(
  'escalation without the right to lock',
  [Account],
  (database) => {
    it('leaves the rows to their versions', async () => {
      const [id] = await insertAccounts(database, [1]);
      const role = `uow_${randomBytes(5).toString('hex')}`;
      await database.sql(`CREATE ROLE ${role}`);
      await database.sql(`GRANT SELECT ON account TO ${role}`);

      const attempt = unitOfWork(
        database.source,
        async (uow) => {
          await find(uow, id);
          if (uow.attempt === 1) await uow.manager.query(conflictStatement(database));
          return uow.attempt;
        },
        { onBegin: (manager) => manager.query(`SET LOCAL ROLE ${role}`) },
      );

      await expect(attempt).resolves.toBe(2);
      await database.sql(`DROP OWNED BY ${role}`);
      await database.sql(`DROP ROLE ${role}`);
    });
  },
  onPostgres,
);
