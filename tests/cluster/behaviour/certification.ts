import { ConcurrencyError, noReplay, unitOfWork, type UnitOfWork } from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { rejectionOf } from '../../support/accounts';
import { withPool } from '../../support/pools';
import { depositOn, openAccounts, storedAccount } from '../support/accounts';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';

/** Defines what becomes of a unit whose row somebody else has written on another node. */
export function defineCertification(database: Find<ClusterDatabase>): void {
  /** Adds 1 on node 1, and meets a rival of node 2 when that is written and not committed yet. */
  const addMeeting = (id: number, meet: (uow: UnitOfWork, attempt: number) => Promise<unknown>) => {
    return async (uow: UnitOfWork) => {
      const account = await uow.findOneByOrFail(Account, { id });
      account.balance += 1;
      await uow.flush();
      if (uow.attempt === 1) await depositOn(database(), 2, id);
      await meet(uow, uow.attempt);
      return uow.attempt;
    };
  };

  it('runs again if its COMMIT is refused', async () => {
    const [id = 0] = await openAccounts(database(), [0]);

    const attempts = await unitOfWork(
      database().source(1),
      addMeeting(id, async () => undefined),
    );

    expect(attempts).toBe(2);
    expect(await storedAccount(database(), id)).toEqual({ balance: 101, version: 3 });
  });

  it('runs again if a statement after its writes is refused, and nothing of it stays', async () => {
    const [id = 0, other = 0] = await openAccounts(database(), [0, 0]);

    const attempts = await unitOfWork(
      database().source(1),
      addMeeting(id, async (uow, attempt) => {
        await database().untilSame();
        (await uow.findOneByOrFail(Account, { id: other })).balance += attempt;
        await uow.flush();
      }),
    );

    expect(attempts).toBe(2);
    expect(await storedAccount(database(), id)).toEqual({ balance: 101, version: 3 });
    expect(await storedAccount(database(), other)).toEqual({ balance: 2, version: 2 });
  });

  it('names the row with the version that won', async () => {
    const [id = 0] = await openAccounts(database(), [0]);

    const error = await rejectionOf(
      unitOfWork(
        database().source(1),
        addMeeting(id, async () => undefined),
        { retry: noReplay },
      ),
    );

    expect(error).toBeInstanceOf(ConcurrencyError);
    expect(error).toMatchObject({
      kind: 'deadlock',
      replayable: true,
      conflicts: [{ entityName: 'Account', key: [id], expectedVersion: 1, actualVersion: 2 }],
    });
  });

  it('keeps its connection if ROLLBACK tells of it first', async () => {
    const [id = 0] = await openAccounts(database(), [0]);
    const mistake = new Error('a mistake of the user');
    const ask = async (uow: UnitOfWork) => {
      const [row] = await uow.manager.query('SELECT CONNECTION_ID() AS own');
      return row.own as unknown;
    };
    let own: unknown;
    const work = async (uow: UnitOfWork) => {
      own = await ask(uow);
      (await uow.findOneByOrFail(Account, { id })).balance += 1;
      await uow.flush();
      await depositOn(database(), 2, id);
      await database().untilSame();
      throw mistake;
    };

    await withPool({ options: database().optionsOf(1) }, { poolSize: 1 }, async (source) => {
      expect(await rejectionOf(unitOfWork(source, work))).toBe(mistake);
      expect(await unitOfWork(source, ask)).toBe(own);
    });

    expect(await storedAccount(database(), id)).toEqual({ balance: 100, version: 2 });
  });
}
