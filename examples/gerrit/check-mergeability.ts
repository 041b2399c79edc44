import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Change, LedgerEntry } from './entities';
import { checked } from './ledger';
import { think } from './think';

/** A background task tries to merge a change and notes whether it could. */
export async function checkWithSave(dataSource: DataSource, changeId: number): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const change = await manager.findOneByOrFail(Change, { changeId });
    change.mergeable = await tryMerge();
    await manager.save(change);
    await manager.insert(LedgerEntry, checked(changeId, 1));
  });
}

/** `mergeable` is @Unversioned: the check neither meets conflicts nor causes any. */
export async function checkInUnit(dataSource: DataSource, changeId: number): Promise<void> {
  await unitOfWork(
    dataSource,
    async (uow) => {
      const change = await uow.findOneByOrFail(Change, { changeId });
      change.mergeable = await tryMerge();
      uow.add(checked(changeId, uow.attempt));
    },
    { name: 'check' },
  );
}

/** The result depends on the other branches, not on this change alone. */
async function tryMerge(): Promise<'Y' | 'N'> {
  await think(1, 2);
  return Math.random() < 0.5 ? 'Y' : 'N';
}
