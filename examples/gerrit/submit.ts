import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { unitOfWork } from '../../lib/index';
import { Change, LedgerEntry, PatchSet } from './entities';
import { submitted } from './ledger';
import { inTransaction, type Done, type Options } from './operation';
import { think } from './think';

/** An author uploads the next patch set of a change and makes it the current one. */
export async function submitWithSave(
  dataSource: DataSource,
  changeId: number,
  { isolation, thinking = () => think(5, 20) }: Options = {},
): Promise<Done> {
  return inTransaction(dataSource, isolation, async (manager) => {
    const change = await manager.findOneByOrFail(Change, { changeId });
    await thinking();
    const patchSet = nextPatchSet(change);
    await manager.save(patchSet);
    moveTo(change, patchSet, 'S');
    await manager.save(change);
    await manager.insert(LedgerEntry, submitted('submit', patchSet, 1));
    return { attempts: 1, changes: 1 };
  });
}

/** The same as a unit of work: nothing is saved by hand, and a lost race runs again. */
export async function submitInUnit(
  dataSource: DataSource,
  changeId: number,
  { isolation, thinking = () => think(5, 20) }: Options = {},
): Promise<Done> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const change = await uow.findOneByOrFail(Change, { changeId });
      await thinking();
      const patchSet = nextPatchSet(change);
      uow.add(patchSet);
      moveTo(change, patchSet, 'S');
      uow.add(submitted('submit', patchSet, uow.attempt));
      return { attempts: uow.attempt, changes: 1 };
    },
    { name: 'submit', isolation },
  );
}

export function nextPatchSet({ changeId, currentPatchSetId }: Change): PatchSet {
  const revision = randomBytes(20).toString('hex');
  return Object.assign(new PatchSet(), { changeId, patchSetId: currentPatchSetId + 1, revision });
}

export function moveTo(change: Change, { patchSetId }: PatchSet, status: 'S' | 'M'): void {
  change.currentPatchSetId = patchSetId;
  change.submitCount += 1;
  change.status = status;
}
