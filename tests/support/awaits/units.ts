import type { DataSource } from 'typeorm';

import {
  allOf,
  constantBackoff,
  maxAttempts,
  unitOfWork,
  type UnitOfWork,
  type UnitOfWorkOptions,
} from '../../../lib/index';
import { Account } from '../../fixtures/account';
import type { TestDatabase } from '../../setup/on-each-database';
import { insertAccounts } from '../accounts';

/** The rows of one unit: two that it changes, one that it removes, and whoever it adds. */
export interface Rows {
  readonly first: number;
  readonly second: number;
  readonly removed: number;
  readonly added: string;
}

/** What the last attempt held in its hands. */
export interface Hands {
  readonly entities: Account[];
  added?: Account;
}

export interface Shape {
  readonly options?: UnitOfWorkOptions;
  readonly work: (uow: UnitOfWork, rows: Rows, hands: Hands) => Promise<void>;
}

const whole: Shape['work'] = async (uow, rows, hands) => {
  const [first, second, removed] = [
    await uow.findOneByOrFail(Account, { id: rows.first }),
    await uow.findOneByOrFail(Account, { id: rows.second }),
    await uow.findOneByOrFail(Account, { id: rows.removed }),
  ];
  const added = Object.assign(new Account(), { owner: rows.added });
  Object.assign(hands, { entities: [first, second, removed], added });
  first.balance += 1;
  uow.add(added);
  await uow.flush();
  await uow.savepoint(async () => {
    second.balance += 1;
  });
  uow.remove(removed);
};

const oneRow: Shape['work'] = async (uow, rows, hands) => {
  const first = await uow.findOneByOrFail(Account, { id: rows.first });
  Object.assign(hands, { entities: [first], added: undefined });
  first.balance += 1;
};

export const shapes: Readonly<Record<string, Shape>> = {
  'of several statements': { work: whole },
  'of several statements, exactly once': { work: whole, options: { exactlyOnce: true } },
  'of one row': { work: oneRow },
};

export function runShape(
  source: DataSource,
  { work, options }: Shape,
  rows: Rows,
  hands: Hands,
  signal?: AbortSignal,
): Promise<void> {
  const retry = allOf(maxAttempts(3), constantBackoff(1));
  const all = { ...options, retry, ...(signal && { signal }) };
  return unitOfWork(source, (uow) => work(uow, rows, hands), all);
}

export async function makeRows(database: TestDatabase): Promise<Rows> {
  const [first, second, removed] = await insertAccounts(database, [0, 0, 0]);
  return { first, second, removed, added: `added ${first}` };
}

/** How often a unit was applied, read elsewhere; a list that is not uniform is half a unit. */
export async function appliedTo(
  { sql }: TestDatabase,
  { first, second, removed, added }: Rows,
  isOneRow: boolean,
): Promise<readonly number[]> {
  const rows = await sql('SELECT id, owner, balance, row_version AS version FROM account');
  const of = (id: number) => rows.find((row) => Number(row['id']) === id);
  const changes = [Number(of(first)?.['balance']), Number(of(first)?.['version']) - 1];
  if (isOneRow) return changes;
  const inserted = rows.filter(({ owner }) => owner === added).length;
  return [...changes, Number(of(second)?.['balance']), inserted, of(removed) ? 0 : 1];
}
