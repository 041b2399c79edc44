import { unitOfWork, type UnitOfWorkOptions } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase, type TestDatabase } from '../setup/on-each-database';
import { insertAccounts } from '../support/accounts';

/** What the server receives of a unit that reads, writes twice and commits. */
async function statementsOf(
  database: TestDatabase,
  id: number,
  options: UnitOfWorkOptions,
): Promise<string[]> {
  await database.sql('UPDATE account SET balance = 0, row_version = 1 WHERE id = $1', [id]);
  return database.recordStatements(() =>
    unitOfWork(
      database.source,
      async (uow) => {
        const account = await uow.findOneByOrFail(Account, { id });
        account.balance += 1;
        await uow.flush();
        await uow.manager.query('SELECT 1');
        account.balance += 1;
      },
      options,
    ),
  );
}

// So what is heavy runs at one of the two only.
onEachDatabase('a unit that names no isolation level', [Account], (database) => {
  it('sends what one at READ COMMITTED sends, and another one does not', async () => {
    const [id] = await insertAccounts(database, [0]);
    // A new connection is asked for its settings first.
    await statementsOf(database, id, {});

    const unnamed = await statementsOf(database, id, {});

    expect(unnamed).toEqual(await statementsOf(database, id, { isolation: 'READ COMMITTED' }));
    expect(unnamed).not.toEqual(await statementsOf(database, id, { isolation: 'REPEATABLE READ' }));
  });
});
