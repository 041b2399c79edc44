import * as typeorm1 from 'typeorm';
import * as typeorm03 from 'typeorm-03';

import { Account, newAccount } from '../account';
import { accountMapping } from './account-schema';
import { optionsOf } from './data-source-options';
import { keysOf, lastOf, timeUnits, type Job, type KeyRange, type Peer, type Target } from './peer';

type TypeOrm = Pick<typeof typeorm1, 'Between' | 'DataSource' | 'EntitySchema' | 'In'>;

/** TypeORM 1.x alone: `find` and `save` or `remove` in a transaction; it checks no version. */
export const openTypeOrm1 = (target: Target): Promise<Peer> => open('typeorm-1', typeorm1, target);

export const openTypeOrm03 = (target: Target): Promise<Peer> =>
  // Its types differ in what is not used here.
  open('typeorm-0.3', typeorm03 as unknown as TypeOrm, target);

async function open(name: Peer['name'], typeorm: TypeOrm, target: Target): Promise<Peer> {
  const schema = new typeorm.EntitySchema<Account>(accountMapping);
  const source = await new typeorm.DataSource(optionsOf(target, [schema])).initialize();
  return {
    name,
    run: (job) =>
      timeUnits(job, (keys) => source.transaction((manager) => work(typeorm, manager, job, keys))),
    close: () => source.destroy(),
  };
}

async function work(
  typeorm: TypeOrm,
  manager: typeorm1.EntityManager,
  { operation, load }: Job,
  keys: KeyRange,
): Promise<void> {
  if (operation === 'insert') {
    await manager.save(Account, keysOf(keys).map(newAccount));
    return;
  }
  const accounts = await find(typeorm, manager, keys, load);
  if (operation === 'delete') {
    await manager.remove(Account, accounts);
    return;
  }
  for (const account of accounts) account.balance += 1;
  await manager.save(Account, accounts);
}

async function find(
  { Between, In }: TypeOrm,
  manager: typeorm1.EntityManager,
  keys: KeyRange,
  load: Job['load'],
): Promise<Account[]> {
  if (keys.count === 1) return [await manager.findOneByOrFail(Account, { id: keys.first })];
  const id = load === 'keys' ? In(keysOf(keys)) : Between(keys.first, lastOf(keys));
  return manager.findBy(Account, { id });
}
