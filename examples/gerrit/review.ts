import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Change, LedgerEntry } from './entities';
import { reviewed } from './ledger';
import { inTransaction, type Done, type Options } from './operation';
import { think } from './think';

/** A reviewer reads a change and leaves a comment. */
export async function reviewWithSave(
  dataSource: DataSource,
  changeId: number,
  { isolation, thinking = () => think(5, 20) }: Options = {},
): Promise<Done> {
  return inTransaction(dataSource, isolation, async (manager) => {
    const change = await manager.findOneByOrFail(Change, { changeId });
    await thinking();
    change.reviewCount += 1;
    await manager.save(change);
    await manager.insert(LedgerEntry, reviewed(changeId, 1));
    return { attempts: 1, changes: 1 };
  });
}

export async function reviewInUnit(
  dataSource: DataSource,
  changeId: number,
  { isolation, thinking = () => think(5, 20) }: Options = {},
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const change = await uow.findOneByOrFail(Change, { changeId });
      await thinking();
      change.reviewCount += 1;
      uow.add(reviewed(changeId, uow.attempt));
      return { attempts: uow.attempt, changes: 1 };
    },
    { name: 'review', isolation },
  );
}
