import { DataSource } from 'typeorm';

import {
  ConcurrencyError,
  configureUnitOfWork,
  defaultRetryPolicy,
  unitOfWork,
  unlimitedBudget,
  type UnitOfWork,
} from '../../../../lib/index';
import { Account } from '../../account';
import { optionsOf } from '../../peers/data-source-options';
import { versionedAccount } from '../../peers/unit-of-work';
import type { OpenPolicy, Policy } from './policy';

type Defaults = Parameters<typeof configureUnitOfWork>[1];

/** Units as users have them. */
export const openDefault: OpenPolicy = (...place) => openUnits({}, ...place);

/** Plain optimistic units: nobody lines up or locks, and waits of chance alone part those who met. */
export const openJitter: OpenPolicy = (...place) =>
  openUnits(
    {
      replayQueue: false,
      budget: unlimitedBudget,
      retry: (failure) => ({ ...defaultRetryPolicy(failure), lock: false }),
    },
    ...place,
  );

async function openUnits(
  defaults: Defaults,
  ...[target, connections, counter]: Parameters<OpenPolicy>
): Promise<Policy> {
  const options = optionsOf(target, [versionedAccount], connections);
  const source = await new DataSource({ ...options, logger: counter }).initialize();
  configureUnitOfWork(source, defaults);
  return {
    runUnit: async (keys) => {
      try {
        return { attempts: await unitOfWork(source, (uow) => change(uow, keys)) };
      } catch (error) {
        if (!ConcurrencyError.is(error)) throw error;
        return { attempts: error.attempts, refusedBy: error.kind };
      }
    },
    close: () => source.destroy(),
  };
}

/** Answers the number of the attempt. */
async function change(uow: UnitOfWork, keys: readonly number[]): Promise<number> {
  for (const id of keys) {
    const account = await uow.findOneByOrFail(Account, { id });
    account.balance += 1;
  }
  return uow.attempt;
}
