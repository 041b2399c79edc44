import { In, QueryFailedError, type DataSource } from 'typeorm';

import { CommitOutcomeUnknownError, unitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts, rejectionOf, storedAccounts } from '../support/accounts';
import { untilSomebodyWaits } from '../support/rivals';
import { openTransactions } from '../support/sessions';

const untouched = [1, 2, 3].map((balance) => ({ balance, version: 1 }));

const change = (
  source: DataSource,
  ids: readonly number[],
  by: (account: Account, i: number) => void,
): Promise<Account[]> =>
  unitOfWork(source, async (uow) => {
    const accounts = await uow.find(Account, { where: { id: In([...ids]) }, order: { id: 1 } });
    accounts.forEach(by);
    return accounts;
  });

onEachDatabase('several rows that are written by the whole transaction', [Account], (database) => {
  let ids: readonly number[];
  beforeEach(async () => {
    await database.sql('DELETE FROM account');
    ids = await insertAccounts(database, [1, 2, 3]);
  });
  beforeAll(() => database.sql('ALTER TABLE account ADD CHECK (balance < 1000)'));

  it('takes over what the database has computed of each row', async () => {
    const accounts = await change(
      database.source,
      ids,
      (account, i) => (account.balance += 10 * i),
    );

    expect(accounts).toMatchObject([
      { balance: 1, version: 1 },
      { balance: 12, version: 2 },
      { balance: 23, version: 2 },
    ]);
    const stored = await database.source.manager.find(Account, { order: { id: 1 } });
    expect(accounts.slice(1)).toEqual(stored.slice(1));
  });

  it('stores nothing, and leaves nothing open, where the database refuses one of its rows', async () => {
    const source = await database.openSource({ poolSize: 1 });

    const error = await rejectionOf(
      change(source, ids, (account, i) => (account.balance = i === 2 ? 5000 : 7)),
    );

    expect(error).toBeInstanceOf(QueryFailedError);
    expect(await openTransactions(database)).toEqual([]);
    expect(await storedAccounts(database)).toMatchObject(untouched);
    await change(source, ids, (account) => (account.balance += 1));
    expect(await storedAccounts(database)).toMatchObject([2, 3, 4].map((balance) => ({ balance })));
  });
});

// Where MariaDB is sent several statements as one, which begin and end the transaction themselves.
onEachDatabase(
  'a script that is the whole transaction',
  [Account],
  (database) => {
    let ids: readonly number[];
    beforeEach(async () => {
      await database.sql('DELETE FROM account');
      ids = await insertAccounts(database, [1, 2, 3]);
    });

    it.each([
      ['the query is killed', (id: number) => `KILL QUERY ${id}`, {}],
      ['its time is up', undefined, { max_statement_time: 0.3 }],
    ])('is an unknown outcome where %s, and leaves nothing open', async (_, kill, limits) => {
      const source = await database.openSource({ poolSize: 1 });
      for (const [name, value] of Object.entries(limits)) {
        await source.query(`SET SESSION ${name} = ${value}`);
      }
      const [{ id }] = (await source.query('SELECT connection_id() AS id')) as [{ id: number }];

      const error = await database.source.transaction(async (rival) => {
        await rival.query(`SELECT id FROM account WHERE id = ${ids[2]} FOR UPDATE`);
        const unit = rejectionOf(change(source, ids, (account) => (account.balance += 1)));
        if (kill) {
          await untilSomebodyWaits(database);
          await database.sql(kill(id));
        }
        return unit;
      });

      expect(error).toBeInstanceOf(CommitOutcomeUnknownError);
      expect(await openTransactions(database)).toEqual([]);
      expect(await storedAccounts(database)).toMatchObject(untouched);
    });

    it('is run again where somebody has left a transaction open on the connection', async () => {
      const source = await database.openSource({ poolSize: 1 });
      await change(source, ids, () => undefined);
      const runner = source.createQueryRunner();
      await runner.query('BEGIN');
      await runner.query('UPDATE account SET balance = 77');
      await runner.release();

      await change(source, ids, (account) => (account.balance += 1));

      expect(await openTransactions(database)).toEqual([]);
      expect(await storedAccounts(database)).toMatchObject(
        [2, 3, 4].map((balance) => ({ balance })),
      );
    });
  },
  ({ type }) => type === 'mariadb',
);
