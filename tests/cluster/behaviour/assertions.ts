import { unitOfWork, UsageError, type UnitOfWork } from '../../../lib/index';
import { Account } from '../../fixtures/account';
import { depositOn, openAccounts, storedAccount } from '../support/accounts';
import type { ClusterDatabase } from '../support/cluster-database';
import type { Find } from '../support/describe-cluster';
import { isFull } from '../support/size';

type Guard = (uow: UnitOfWork, account: Account) => unknown;

const guards: readonly (readonly [string, Guard])[] = [
  ['assertUnchanged()', (uow, account) => uow.assertUnchanged(account)],
  ['expectVersion()', (uow, account) => uow.expectVersion(account, account.version)],
  ['lock()', (uow, account) => uow.lock(account)],
];

const pairs = isFull ? 300 : 60;
const fewPairs = 60;

/** Defines what guards a row that is only read, where no lock of it is seen elsewhere. */
export function defineAssertions(database: Find<ClusterDatabase>): void {
  it.each(guards)('moves the version of what %s guards', async (_, guard) => {
    const [read = 0, written = 0] = await openAccounts(database(), [0, 0]);

    const version = await unitOfWork(database().source(1), async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id: read });
      await guard(uow, account);
      (await uow.findOneByOrFail(Account, { id: written })).balance += 1;
      await uow.flush();
      return account.version;
    });

    expect(version).toBe(2);
    expect(await storedAccount(database(), read)).toEqual({ balance: 0, version: 2 });
    expect(await storedAccount(database(), written)).toEqual({ balance: 1, version: 2 });
  });

  it.each(guards)(
    'leaves a row to others that %s guards in a unit that only reads',
    async (_, guard) => {
      const [id = 0] = await openAccounts(database(), [0]);

      await unitOfWork(database().source(1), async (uow) => {
        await guard(uow, await uow.findOneByOrFail(Account, { id }));
        await uow.flush();
      });

      expect(await storedAccount(database(), id)).toEqual({ balance: 0, version: 1 });
    },
  );

  it('moves what a statement of the user was guarded by', async () => {
    const [read = 0, written = 0] = await openAccounts(database(), [0, 0]);

    await unitOfWork(database().source(1), async (uow) => {
      uow.assertUnchanged(await uow.findOneByOrFail(Account, { id: read }));
      await uow.manager.query('UPDATE account SET balance = 1 WHERE id = ?', [written]);
    });

    expect(await storedAccount(database(), read)).toEqual({ balance: 0, version: 2 });
  });

  it('moves it once, however often the unit is flushed and whatever else it writes', async () => {
    const [id = 0] = await openAccounts(database(), [0]);

    await unitOfWork(database().source(1), async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id });
      uow.assertUnchanged(account);
      await uow.lock(account);
      uow.increment(account, 'balance', 5);
      await uow.flush();
      await uow.flush();
    });

    expect(await storedAccount(database(), id)).toEqual({ balance: 5, version: 2 });
  });

  it('is lost, and run again, if a rival of another node has written the row', async () => {
    const [read = 0, written = 0] = await openAccounts(database(), [0, 0]);

    const attempts = await unitOfWork(database().source(1), async (uow) => {
      const account = await uow.findOneByOrFail(Account, { id: read });
      uow.assertUnchanged(account);
      (await uow.findOneByOrFail(Account, { id: written })).balance = account.balance + 1;
      await uow.flush();
      if (uow.attempt === 1) await depositOn(database(), 3, read);
      return uow.attempt;
    });

    expect(attempts).toBe(2);
    expect(await storedAccount(database(), written)).toMatchObject({ balance: 101 });
  });

  it(`lets none of ${pairs} pairs skew, of which each reads what the other writes`, async () => {
    const skewed = countSkewed(database(), pairs, (uow, other) => uow.assertUnchanged(other));
    expect(await skewed).toBe(0);
  }, 120_000);

  it('would let them skew without the assertion', async () => {
    expect(await countSkewed(database(), fewPairs, () => undefined)).toBeGreaterThan(fewPairs / 2);
  }, 120_000);
}

/** Two people may go off duty as long as the other one stays: how often both did. */
async function countSkewed(
  database: ClusterDatabase,
  pairs: number,
  guard: Guard,
): Promise<number> {
  let skewed = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const ids = await openAccounts(database, [1, 1]);
    const leave = (node: number, own: number, others: number) =>
      unitOfWork(database.source(node), async (uow) => {
        const other = await uow.findOneByOrFail(Account, { id: others });
        guard(uow, other);
        if (other.balance === 0) throw new UsageError('somebody must stay');
        (await uow.findOneByOrFail(Account, { id: own })).balance = 0;
      });
    const [first = 0, second = 0] = ids;
    const outcomes = await Promise.allSettled([
      leave(1 + (pair % 3), first, second),
      leave(1 + ((pair + 1) % 3), second, first),
    ]);
    const left = outcomes.filter(({ status }) => status === 'fulfilled').length;
    const rows = await Promise.all(ids.map((id) => storedAccount(database, id)));
    const off = rows.filter((row) => row?.['balance'] === 0).length;
    // Whoever was told to have left has, and nobody else.
    expect(off).toBe(left);
    if (off === 2) skewed++;
  }
  process.stdout.write(`write skew: ${skewed} of ${pairs} pairs\n`);
  return skewed;
}
