import assert from 'node:assert/strict';
import { ExponentialBackoff, noJitterGenerator, type IBackoffFactory } from 'cockatiel';
import type { DataSource } from 'typeorm';
import {
  allOf,
  escalateAfter,
  maxAttempts,
  unitOfWork,
  type FailedAttempt,
  type RetryPolicy,
} from '../lib/index';
import { Account } from './entities';
import type { Print } from './setup/example';

export const title = 'replays after the waits of a cockatiel back-off';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  const account = Object.assign(new Account(), { owner: 'ann', balance: 0 });
  await unitOfWork(dataSource, async (uow) => uow.add(account));
  const backoff = new ExponentialBackoff({
    initialDelay: 20,
    maxDelay: 100,
    // Without it the waits are drawn by chance, which is what a service should do.
    generator: noJitterGenerator,
  });
  const waits: number[] = [];

  await unitOfWork(
    dataSource,
    async (uow) => {
      const { id } = account;
      const read = await uow.findOneByOrFail(Account, { id });
      // A rival that is faster three times, in attempts that hold no locks yet.
      if (uow.attempt <= 3) await dataSource.manager.increment(Account, { id }, 'balance', 1);
      read.balance += 100;
    },
    { retry: noting(waits, allOf(maxAttempts(5), escalateAfter(3), fromCockatiel(backoff))) },
  );

  const { balance } = await dataSource.manager.findOneByOrFail(Account, { id: account.id });
  print(`the account holds ${balance} after waits of ${waits.join(', ')} ms`);
  assert.deepEqual([balance, waits], [103, [20, 40, 80]]);
}

/**
 * The waits of a back-off as a policy. Limits and locks are said beside it, by `allOf`.
 *
 * Such a back-off is a chain, each link of which makes the next; a policy is asked with the number of an
 * attempt, so it walks there.
 */
function fromCockatiel(factory: IBackoffFactory<FailedAttempt>): RetryPolicy {
  return (failure) => {
    let backoff = factory.next(failure);
    for (let attempt = 1; attempt < failure.attempt; attempt++) backoff = backoff.next(failure);
    return { retry: true, delayMs: backoff.duration };
  };
}

function noting(waits: number[], policy: RetryPolicy): RetryPolicy {
  return (failure) => {
    const decision = policy(failure);
    if (decision.retry) waits.push(decision.delayMs);
    return decision;
  };
}
