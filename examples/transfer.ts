import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { unitOfWork } from '../lib/index';
import { Account } from './entities';
import type { Print } from './setup/example';

export const title = 'moves money between two accounts while a rival takes some of it';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  const [ann, bob] = await openAccounts(dataSource);

  await unitOfWork(dataSource, async (uow) => {
    const from = await uow.findOneByOrFail(Account, { id: ann.id });
    const to = await uow.findOneByOrFail(Account, { id: bob.id });
    print(`attempt ${uow.attempt} reads ${from.balance} and ${to.balance}`);
    if (uow.attempt === 1) await rivalTakes(30, ann, dataSource, print);
    from.balance -= 50;
    to.balance += 50;
  });

  const after = await dataSource.manager.findOneByOrFail(Account, { id: ann.id });
  const other = await dataSource.manager.findOneByOrFail(Account, { id: bob.id });
  print(`in the end ann has ${after.balance} and bob has ${other.balance}`);
  // save() would have written 100 - 50 over the rival's withdrawal.
  assert.deepEqual([after.balance, other.balance], [20, 50]);
}

async function openAccounts(dataSource: DataSource): Promise<readonly [Account, Account]> {
  return unitOfWork(dataSource, async (uow) => {
    const ann = Object.assign(new Account(), { owner: 'ann', balance: 100 });
    const bob = Object.assign(new Account(), { owner: 'bob', balance: 0 });
    uow.add([ann, bob]);
    return [ann, bob];
  });
}

/** Another process, on another connection. */
async function rivalTakes(
  amount: number,
  { id }: Account,
  dataSource: DataSource,
  print: Print,
): Promise<void> {
  await dataSource.manager.decrement(Account, { id }, 'balance', amount);
  print(`  a rival takes ${amount}`);
}
