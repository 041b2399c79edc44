import { Between, DataSource, EntitySchema, In } from 'typeorm';

import { rowVersionColumn, unitOfWork, type UnitOfWork } from '../../../lib/index';
import { Account, newAccount } from '../account';
import { accountMapping } from './account-schema';
import { optionsOf } from './data-source-options';
import { keysOf, lastOf, timeUnits, type Job, type KeyRange, type Peer, type Target } from './peer';

/** An account with a row version. */
export const versionedAccount = new EntitySchema<Account>({
  ...accountMapping,
  columns: { ...accountMapping.columns, version: rowVersionColumn() },
});

/** This library. */
export async function openUnitOfWork(target: Target): Promise<Peer> {
  const source = await openUnitSource(target);
  return {
    name: 'unit-of-work',
    run: (job) => timeUnits(job, (keys) => unitOfWork(source, (uow) => work(uow, job, keys))),
    close: () => source.destroy(),
  };
}

/** Two ways to load all accounts; each answers what `look` sees while they are in memory. */
export interface Finders {
  plain<T>(look: () => Promise<T>): Promise<T>;
  tracked<T>(look: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openFinders(target: Target): Promise<Finders> {
  const source = await openUnitSource(target);
  return {
    plain: async (look) => {
      const accounts = await source.manager.find(Account);
      return keeping(accounts, await look());
    },
    tracked: (look) =>
      unitOfWork(source, async (uow) => {
        const accounts = await uow.find(Account);
        return keeping(accounts, await look());
      }),
    close: () => source.destroy(),
  };
}

/** Uses the accounts after the look, or the collector could take them before. */
function keeping<T>(accounts: readonly Account[], seen: T): T {
  if (accounts.length === 0) throw new Error('there are no accounts');
  return seen;
}

const openUnitSource = (target: Target): Promise<DataSource> =>
  new DataSource(optionsOf(target, [versionedAccount])).initialize();

async function work(uow: UnitOfWork, { operation, load }: Job, keys: KeyRange): Promise<void> {
  if (operation === 'insert') {
    uow.add(keysOf(keys).map(newAccount));
    return;
  }
  const accounts = await find(uow, keys, load);
  if (operation === 'delete') uow.remove(accounts);
  else for (const account of accounts) account.balance += 1;
}

async function find(uow: UnitOfWork, keys: KeyRange, load: Job['load']): Promise<Account[]> {
  if (keys.count === 1) return [await uow.findOneByOrFail(Account, { id: keys.first })];
  const id = load === 'keys' ? In(keysOf(keys)) : Between(keys.first, lastOf(keys));
  return uow.findBy(Account, { id });
}
