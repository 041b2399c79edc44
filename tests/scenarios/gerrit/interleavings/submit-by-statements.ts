import type { DataSource } from 'typeorm';

import { Change, PatchSet } from '../../../../examples/gerrit/entities';
import type { Options } from '../../../../examples/gerrit/operation';
import { nextPatchSet } from '../../../../examples/gerrit/submit';

/** What gwtorm threw: it compared versions, but one statement at a time. */
export class OrmConcurrencyException extends Error {}

/**
 * Submits as Gerrit did it: gwtorm's beginTransaction() did nothing on JDBC, so every statement was
 * a transaction.
 *
 * @throws {OrmConcurrencyException} The change has moved since it was read.
 */
export async function submitByStatements(
  { manager }: DataSource,
  changeId: number,
  { thinking }: Options,
): Promise<void> {
  const change = await manager.findOneByOrFail(Change, { changeId });
  await thinking?.();
  const patchSet = nextPatchSet(change);
  await manager.insert(PatchSet, patchSet);
  const { affected } = await manager.update(
    Change,
    { changeId, rowVersion: change.rowVersion },
    {
      currentPatchSetId: patchSet.patchSetId,
      submitCount: change.submitCount + 1,
      status: 'S',
    },
  );
  if (affected !== 1) throw new OrmConcurrencyException(`change ${changeId} has moved`);
}
