import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import {
  allOf,
  ConcurrencyError,
  exponentialBackoff,
  fullJitter,
  maxAttempts,
  unitOfWork,
  type RetryPolicy,
} from '../lib/index';
import { Account } from './entities';
import type { Print } from './setup/example';

export const title = 'replays under a retry policy of its own, and says what it saw';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  const account = Object.assign(new Account(), { owner: 'ann', balance: 0 });
  await unitOfWork(dataSource, async (uow) => uow.add(account));
  const seen: string[] = [];
  const policy = watched(
    allOf(maxAttempts(3), fullJitter(exponentialBackoff({ baseMs: 2, capMs: 20 }))),
    (line) => {
      seen.push(line);
      print(line);
    },
  );

  const error = await unitOfWork(
    dataSource,
    async (uow) => {
      const read = await uow.findOneByOrFail(Account, { id: account.id });
      // A rival that is faster every time.
      await dataSource.manager.increment(Account, { id: account.id }, 'balance', 1);
      read.balance += 100;
    },
    { name: 'deposit', retry: policy },
  ).catch((reason: unknown) => reason);

  assert(ConcurrencyError.is(error));
  print(`given up after ${error.attempts} attempts: ${error.gaveUp}`);
  const { balance } = await dataSource.manager.findOneByOrFail(Account, { id: account.id });
  assert.deepEqual([error.attempts, seen.length, balance], [3, 3, 3]);
}

/** A policy is a function, so one can be put around another. */
function watched(policy: RetryPolicy, print: Print): RetryPolicy {
  return (failure) => {
    const { attempt, error, unitName } = failure;
    const decision = policy(failure);
    const rows = ConcurrencyError.is(error) ? error.conflicts.length : 0;
    const next = decision.retry ? 'runs again' : 'gives up';
    print(`attempt ${attempt} of ${unitName} lost ${rows} row to a rival and ${next}`);
    return decision;
  };
}
