import { unitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts, storedAccount } from '../support/accounts';

onEachDatabase('contention', [Account], (database) => {
  it('lets the replays of one process line up, so that each of 32 writers commits in a few attempts', async () => {
    const [id] = await insertAccounts(database, [0]);
    const source = await database.openSource({ poolSize: 10 });

    const attempts = Promise.all(
      Array.from({ length: 32 }, () =>
        unitOfWork(source, async (uow) => {
          const account = await uow.findOneByOrFail(Account, { id });
          account.balance += 1;
          return uow.attempt;
        }),
      ),
    );

    await expect(attempts).resolves.toHaveLength(32);
    expect(Math.max(...(await attempts))).toBeLessThanOrEqual(4);
    expect(await storedAccount(database, id)).toMatchObject({ balance: 32, version: 33 });
  });
});
