import type { EntityManager } from 'typeorm';

import { Account } from '../../account';
import { openTypeorm } from './open-typeorm';
import type { OpenPolicy } from './policy';
import { refusalOf } from './refusal';

/** What users of TypeORM write: transaction(), a pessimistic lock, save(). */
export const openForUpdateTypeorm: OpenPolicy = async (...place) => {
  const source = await openTypeorm(...place);
  return {
    runUnit: async (keys) => {
      try {
        await source.transaction((manager) => change(manager, keys));
        return { attempts: 1 };
      } catch (error) {
        const refusedBy = refusalOf(error);
        if (refusedBy === undefined) throw error;
        return { attempts: 1, refusedBy };
      }
    },
    close: () => source.destroy(),
  };
};

async function change(manager: EntityManager, keys: readonly number[]): Promise<void> {
  for (const id of keys) {
    const lock = { mode: 'pessimistic_write' } as const;
    const account = await manager.findOneOrFail(Account, { where: { id }, lock });
    account.balance += 1;
    await manager.save(account);
  }
}
