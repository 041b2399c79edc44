import type { EntityManager } from 'typeorm';

import { Account } from '../../account';
import { openTypeorm } from './open-typeorm';
import type { OpenPolicy } from './policy';
import { refusalOf } from './refusal';

/** As long as the default policy of this library tries. */
const patienceMs = 5_000;

/** TypeORM's own SERIALIZABLE transactions; what the database refuses runs again at once. */
export const openSerializable: OpenPolicy = async (...place) => {
  const source = await openTypeorm(...place);
  return {
    runUnit: async (keys) => {
      const giveUpAt = performance.now() + patienceMs;
      for (let attempts = 1; ; attempts++) {
        try {
          await source.transaction('SERIALIZABLE', (manager) => change(manager, keys));
          return { attempts };
        } catch (error) {
          const refusedBy = refusalOf(error);
          if (refusedBy === undefined) throw error;
          if (performance.now() >= giveUpAt) return { attempts, refusedBy };
        }
      }
    },
    close: () => source.destroy(),
  };
};

async function change(manager: EntityManager, keys: readonly number[]): Promise<void> {
  for (const id of keys) {
    const account = await manager.findOneByOrFail(Account, { id });
    account.balance += 1;
    await manager.save(account);
  }
}
