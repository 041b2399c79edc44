import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Change, LedgerEntry } from './entities';
import { checked } from './ledger';
import { inTransaction, type Done, type Options } from './operation';
import { think } from './think';

/** A background task tries to merge a change and notes whether it could. */
export async function checkWithSave(
  dataSource: DataSource,
  changeId: number,
  { isolation, thinking = () => think(1, 2) }: Options = {},
): Promise<Done> {
  return inTransaction(dataSource, isolation, async (manager) => {
    const change = await manager.findOneByOrFail(Change, { changeId });
    await thinking();
    change.mergeable = tryMerge();
    await manager.save(change);
    await manager.insert(LedgerEntry, checked(changeId, 1));
    return { attempts: 1, changes: 1 };
  });
}

/** `mergeable` is @Unversioned: the check neither meets conflicts nor causes any. */
export async function checkInUnit(
  dataSource: DataSource,
  changeId: number,
  { isolation, thinking = () => think(1, 2) }: Options = {},
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const change = await uow.findOneByOrFail(Change, { changeId });
      await thinking();
      change.mergeable = tryMerge();
      uow.add(checked(changeId, uow.attempt));
      return { attempts: uow.attempt, changes: 0 };
    },
    { name: 'check', isolation },
  );
}

/** The result depends on the other branches, not on this change alone. */
const tryMerge = (): 'Y' | 'N' => (Math.random() < 0.5 ? 'Y' : 'N');
