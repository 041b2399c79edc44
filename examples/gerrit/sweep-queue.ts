import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Change, LedgerEntry } from './entities';
import { submitted } from './ledger';
import { inTransaction, type Done, type Options } from './operation';
import { moveTo, nextPatchSet } from './submit';
import { think } from './think';

/** The merge queue rebases every submitted change, which gives each a patch set more: all or none. */
export async function sweepWithSave(
  dataSource: DataSource,
  { isolation, thinking = () => think(1, 2) }: Options = {},
): Promise<Done> {
  return inTransaction(dataSource, isolation, async (manager) => {
    const changes = await manager.find(Change, inQueue);
    await thinking();
    for (const change of changes) {
      const patchSet = nextPatchSet(change);
      await manager.save(patchSet);
      moveTo(change, patchSet, 'M');
      await manager.save(change);
      await manager.insert(LedgerEntry, submitted('sweep', patchSet, 1));
    }
    return { attempts: 1, changes: changes.length };
  });
}

/** The same as a unit of work: however many changes there are, each table is written once. */
export async function sweepInUnit(
  dataSource: DataSource,
  { isolation, thinking = () => think(1, 2) }: Options = {},
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const changes = await uow.find(Change, inQueue);
      await thinking();
      for (const change of changes) {
        const patchSet = nextPatchSet(change);
        uow.add(patchSet);
        moveTo(change, patchSet, 'M');
        uow.add(submitted('sweep', patchSet, uow.attempt));
      }
      return { attempts: uow.attempt, changes: changes.length };
    },
    { name: 'sweep', isolation },
  );
}

const inQueue = { where: { status: 'S' }, order: { changeId: 'ASC' } } as const;
