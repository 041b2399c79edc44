import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { unitOfWork } from '../lib/index';
import { Account } from './entities';
import type { Print } from './setup/example';

export const title = 'sends a mail once, after the commit, however often the unit ran';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  const account = Object.assign(new Account(), { owner: 'ann', balance: 100 });
  await unitOfWork(dataSource, async (uow) => uow.add(account));
  const mails: string[] = [];
  let runs = 0;

  await unitOfWork(dataSource, async (uow) => {
    runs = uow.attempt;
    const { id } = account;
    const read = await uow.findOneByOrFail(Account, { id });
    if (uow.attempt === 1) await dataSource.manager.increment(Account, { id }, 'balance', 1);
    read.balance -= 10;
    const text = `${read.owner} has ${read.balance}`;
    uow.afterCommit(() => mails.push(text));
  });

  print(`the unit ran ${runs} times, mails sent: ${mails.join(', ')}`);
  assert.deepEqual([runs, mails], [2, ['ann has 91']]);
}
