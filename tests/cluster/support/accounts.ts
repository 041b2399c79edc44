import { unitOfWork } from '../../../lib/index';
import { Account } from '../../fixtures/account';
import type { ClusterDatabase } from './cluster-database';

/** Inserts accounts with these balances, and waits until all nodes have them. */
export async function openAccounts(
  database: ClusterDatabase,
  balances: readonly number[],
): Promise<readonly number[]> {
  const accounts = balances.map((balance) => Object.assign(new Account(), { balance }));
  await unitOfWork(database.source(1), async (uow) => uow.add(accounts));
  await database.untilSame();
  return accounts.map(({ id }) => id);
}

/** What a rival does on a node: it adds to the balance and moves the version. */
export async function depositOn(database: ClusterDatabase, node: number, id: number) {
  await database.sql(
    node,
    'UPDATE account SET balance = balance + 100, row_version = row_version + 1 WHERE id = $1',
    [id],
  );
}

/** The row, when all nodes have it. */
export async function storedAccount(database: ClusterDatabase, id: number) {
  await database.untilSame();
  const select = 'SELECT balance, row_version AS version FROM account WHERE id = $1';
  const [row] = await database.sql(1, select, [id]);
  return row;
}
