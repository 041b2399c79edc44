import { unitOfWork } from '../../lib/index';
import { Account } from '../fixtures/account';
import type { TestDatabase } from '../setup/on-each-database';

/** Inserts accounts with these balances; returns their ids in the same order. */
export async function insertAccounts<const Balances extends readonly number[]>(
  { source }: TestDatabase,
  balances: Balances,
): Promise<{ -readonly [Index in keyof Balances]: number }> {
  const accounts = balances.map((balance) => Object.assign(new Account(), { balance }));
  await unitOfWork(source, async (uow) => uow.add(accounts));
  // As many ids as balances.
  return accounts.map(({ id }) => id) as { -readonly [Index in keyof Balances]: number };
}

/** What a rival on another connection does: changes the row and moves its version. */
export async function changeAsRival(
  database: TestDatabase,
  id: number,
  balance: number,
): Promise<void> {
  await database.sql(
    'UPDATE account SET balance = $1, row_version = row_version + 1 WHERE id = $2',
    [balance, id],
  );
}

export async function deleteAsRival(database: TestDatabase, id: number): Promise<void> {
  await database.sql('DELETE FROM account WHERE id = $1', [id]);
}

export interface StoredAccount {
  readonly id: number;
  readonly owner: string;
  readonly balance: number;
  readonly version: number;
}

/** The rows as another connection sees them. */
export async function storedAccounts(database: TestDatabase): Promise<StoredAccount[]> {
  const rows = await database.sql(
    'SELECT id, owner, balance, row_version AS version FROM account ORDER BY id',
  );
  return rows as unknown as StoredAccount[];
}

export async function storedAccount(
  database: TestDatabase,
  id: number,
): Promise<StoredAccount | undefined> {
  return (await storedAccounts(database)).find((account) => account.id === id);
}

/** The error a promise rejects with; fails if it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (result) => ({ resolved: result }),
    (error: unknown) => ({ rejected: error }),
  );
  // An assertion, because that is what tells a test that noticed something from one that broke.
  expect(outcome).toHaveProperty('rejected');
  return (outcome as { rejected: unknown }).rejected;
}
