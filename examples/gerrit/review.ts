import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Change, LedgerEntry } from './entities';
import { reviewed } from './ledger';
import { think } from './think';

/** A reviewer reads a change and leaves a comment. */
export async function reviewWithSave(dataSource: DataSource, changeId: number): Promise<void> {
  await dataSource.transaction(async (manager) => {
    const change = await manager.findOneByOrFail(Change, { changeId });
    await think(5, 20);
    change.reviewCount += 1;
    await manager.save(change);
    await manager.insert(LedgerEntry, reviewed(changeId, 1));
  });
}

export async function reviewInUnit(dataSource: DataSource, changeId: number): Promise<void> {
  await unitOfWork(
    dataSource,
    async (uow) => {
      const change = await uow.findOneByOrFail(Change, { changeId });
      await think(5, 20);
      change.reviewCount += 1;
      uow.add(reviewed(changeId, uow.attempt));
    },
    { name: 'review' },
  );
}
