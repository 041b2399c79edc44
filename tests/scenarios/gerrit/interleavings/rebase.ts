import { In, type DataSource } from 'typeorm';

import { Change, PatchSet } from '../../../../examples/gerrit/entities';
import type { Options } from '../../../../examples/gerrit/operation';
import { unitOfWork, type RetryPolicy } from '../../../../lib/index';
import { OrmConcurrencyException } from './submit-by-statements';

const rebased = (revision: string): string => `${revision}, rebased`;

/**
 * Rebases the first patch sets of changes as gwtorm's batches did it: patch sets are known by their
 * commits, each has a statement, and one sum is compared for all.
 *
 * @throws {OrmConcurrencyException} The sum is wrong.
 */
export async function rebaseByCommits(
  { manager }: DataSource,
  changeIds: readonly number[],
  { thinking }: Options,
): Promise<void> {
  const patchSets = await manager.findBy(PatchSet, { patchSetId: 1, changeId: In([...changeIds]) });
  await thinking?.();
  let sum = 0;
  for (const { changeId, revision } of patchSets) {
    const written = { revision: rebased(revision) };
    const { affected } = await manager.update(PatchSet, { changeId, revision }, written);
    sum += affected ?? 0;
  }
  if (sum !== patchSets.length) throw new OrmConcurrencyException('some patch set has moved');
}

/** @returns The attempt that was committed. */
export function rebaseInUnit(
  source: DataSource,
  changeIds: readonly number[],
  { isolation, thinking, retry }: Options & { readonly retry?: RetryPolicy },
): Promise<number> {
  return unitOfWork(
    source,
    async (uow) => {
      // The version of a change guards its patch sets, so it is read before them.
      const changes = await uow.findBy(Change, { changeId: In([...changeIds]) });
      const first = { patchSetId: 1, changeId: In([...changeIds]) };
      const patchSets = await uow.findBy(PatchSet, first);
      await thinking?.();
      for (const change of changes) uow.forceIncrement(change);
      for (const patchSet of patchSets) patchSet.revision = rebased(patchSet.revision);
      return uow.attempt;
    },
    { isolation, retry },
  );
}
