import { setTimeout } from 'node:timers/promises';
import { ConcurrencyError, noReplay, unitOfWork, type UnitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../setup/on-each-isolation';
import {
  changeAsRival,
  deleteAsRival,
  insertAccounts,
  rejectionOf,
  storedAccount,
  storedAccounts,
} from '../support/accounts';

onEachDatabase('verdicts', [Account], (database) => {
  const loadAll = (uow: UnitOfWork, ids: readonly number[]) =>
    Promise.all(ids.map((id) => uow.findOneByOrFail(Account, { id })));

  /** Loads accounts, lets a rival change or delete some, and then writes them. */
  const loseTo = (
    isolation: TestedIsolation,
    ids: readonly number[],
    rival: () => Promise<void>,
    change: (uow: UnitOfWork, accounts: Account[]) => void,
  ) => {
    const load = (uow: UnitOfWork) =>
      readsLock(isolation) ? loadElsewhere(ids) : loadAll(uow, ids);
    const work = async (uow: UnitOfWork) => {
      const accounts = await load(uow);
      await rival();
      if (readsLock(isolation)) for (const account of accounts) uow.attach(account);
      change(uow, accounts);
    };
    const losing = unitOfWork(database.source, work, { retry: noReplay, isolation });
    return rejectionOf(losing) as Promise<ConcurrencyError>;
  };

  // There a plain read locks: no rival gets between it and the write, but attached entities are stale.
  const readsLock = (isolation: TestedIsolation) =>
    database.engine !== 'postgres' && isolation === 'SERIALIZABLE';
  const loadElsewhere = (ids: readonly number[]) => {
    const repository = database.source.getRepository(Account);
    return Promise.all(ids.map((id) => repository.findOneByOrFail({ id })));
  };

  const changeAll = (_uow: UnitOfWork, accounts: Account[]) => {
    for (const account of accounts) account.balance += 1;
  };

  onEachIsolation((isolation) => {
    it('names the 2 of 10 rows that are stale and the 1 that is gone', async () => {
      const ids = await insertAccounts(
        database,
        Array.from({ length: 10 }, () => 0),
      );
      const rival = async () => {
        await changeAsRival(database, ids[2]!, 7);
        await changeAsRival(database, ids[7]!, 7);
        await changeAsRival(database, ids[7]!, 8);
        await deleteAsRival(database, ids[5]!);
      };

      const error = await loseTo(isolation, ids, rival, changeAll);

      expect(
        error.conflicts.map(({ key, expectedVersion, actualVersion }) => [
          key[0],
          expectedVersion,
          actualVersion,
        ]),
      ).toEqual([
        [ids[2], 1, 2],
        [ids[5], 1, null],
        [ids[7], 1, 3],
      ]);
      expect(error.conflictsOf(Account).map(({ entity }) => entity.id)).toEqual([
        ids[2],
        ids[5],
        ids[7],
      ]);
      const kept = (await storedAccounts(database)).filter(({ id }) => ids.includes(id));
      expect(kept.map(({ balance }) => balance)).toEqual([0, 0, 7, 0, 0, 0, 8, 0, 0]);
    });

    it('does not delete a row that a rival changed', async () => {
      const ids = await insertAccounts(database, [10, 20]);

      const error = await loseTo(
        isolation,
        ids,
        () => changeAsRival(database, ids[0], 11),
        (uow, accounts) => uow.remove(accounts),
      );

      expect(error.conflicts).toMatchObject([
        { operation: 'delete', key: [ids[0]], expectedVersion: 1, actualVersion: 2 },
      ]);
      expect(await storedAccount(database, ids[0])).toMatchObject({ balance: 11 });
      expect(await storedAccount(database, ids[1])).toMatchObject({ balance: 20 });
    });

    it('reports a row that was deleted twice as gone', async () => {
      const ids = await insertAccounts(database, [10]);

      const error = await loseTo(
        isolation,
        ids,
        () => deleteAsRival(database, ids[0]),
        (uow, accounts) => uow.remove(accounts),
      );

      expect(error.conflicts).toMatchObject([
        { operation: 'delete', expectedVersion: 1, actualVersion: null },
      ]);
    });

    it('collects the lost rows of updates, deletes and forced increments in one error', async () => {
      const ids = await insertAccounts(database, [1, 2, 3, 4]);
      const rival = async () => {
        for (const id of ids) await changeAsRival(database, id, 50);
      };

      const error = await loseTo(isolation, ids, rival, (uow, [update, remove, force, owner]) => {
        update!.balance = 0;
        uow.remove(remove!);
        uow.forceIncrement(force!);
        owner!.owner = 'somebody';
      });

      const operations = error.conflicts.map(({ operation }) => operation).toSorted();
      const forced = readsLock(isolation) ? [] : ['force-increment'];
      // An attached row is found stale before it is known what would be written.
      const updated = readsLock(isolation) ? ['update', 'update', 'update'] : ['update', 'update'];
      expect(operations).toEqual(['delete', ...forced, ...updated]);
    });
  });

  it('takes back what it wrote into entities and leaves what the user assigned', async () => {
    const ids = await insertAccounts(database, [10, 20]);
    const fresh = Object.assign(new Account(), { balance: 5 });
    let changed: Account | undefined;

    const lost = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const [first, second] = await loadAll(uow, ids);
          changed = first!;
          changed.balance = 11;
          uow.add(fresh);
          await uow.flush();
          expect(fresh.id).toBeGreaterThan(0);
          expect(changed.version).toBe(2);
          await changeAsRival(database, second!.id, 99);
          second!.balance = 21;
        },
        { retry: noReplay },
      ),
    );

    expect(ConcurrencyError.is(lost)).toBe(true);
    expect(changed).toMatchObject({ balance: 11, version: 1 });
    expect(fresh).toEqual({ balance: 5 });
    expect(Object.keys(fresh)).toEqual(['balance']);
    expect(await storedAccount(database, ids[0])).toMatchObject({ balance: 10, version: 1 });
  });

  onEachIsolation((isolation) => {
    const runAgainst = (ids: readonly number[], rival: () => Promise<void>) =>
      unitOfWork(
        database.source,
        async (uow) => {
          const accounts = await loadAll(uow, ids);
          await rival();
          changeAll(uow, accounts);
        },
        { retry: noReplay, isolation },
      );
    const stored = async (ids: readonly number[]) =>
      (await storedAccounts(database)).filter(({ id }) => ids.includes(id));

    if (!readsLock(isolation)) {
      it('names exactly the one stale row of three, with the version expected and found', async () => {
        const ids = await insertAccounts(database, [10, 20, 30]);

        const error = (await rejectionOf(
          runAgainst(ids, () => changeAsRival(database, ids[1], 99)),
        )) as ConcurrencyError;

        expect(error).toBeInstanceOf(ConcurrencyError);
        expect(error).toMatchObject({ replayable: true, attempts: 1 });
        expect(error.conflicts).toMatchObject([
          {
            entityName: 'Account',
            tableName: 'account',
            key: [ids[1]],
            operation: 'update',
            expectedVersion: 1,
            actualVersion: 2,
          },
        ]);
        expect(error.message).toContain(`update of Account(${ids[1]}) expected version 1, found 2`);
        expect(await stored(ids)).toMatchObject([
          { balance: 10, version: 1 },
          { balance: 99, version: 2 },
          { balance: 30, version: 1 },
        ]);
      });
    } else {
      it('keeps a rival out, or is kept out by it, and loses neither', async () => {
        const ids = await insertAccounts(database, [10, 20, 30]);
        let rival: Promise<unknown> = Promise.resolve();

        const unit = await runAgainst(ids, async () => {
          rival = changeAsRival(database, ids[1], 99).then(
            () => 'rival wrote',
            () => 'rival failed',
          );
          await Promise.race([rival, setTimeout(100)]);
        }).then(
          () => 'unit wrote',
          (error: unknown) => ConcurrencyError.is(error) && 'unit failed',
        );

        const versions = (await rival) === 'rival wrote' ? 1 : 0;
        expect(['unit wrote', 'unit failed']).toContain(unit);
        const [first, second] = await stored(ids);
        expect(first?.version).toBe(unit === 'unit wrote' ? 2 : 1);
        expect(second?.version).toBe(versions + (unit === 'unit wrote' ? 2 : 1));
      });
    }
  });
});
