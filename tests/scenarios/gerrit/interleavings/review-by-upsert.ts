import type { DataSource } from 'typeorm';

import { Change, LedgerEntry } from '../../../../examples/gerrit/entities';
import { reviewed } from '../../../../examples/gerrit/ledger';
import type { Options } from '../../../../examples/gerrit/operation';

/** Reviews as gwtorm's upsert() did it: what no UPDATE reaches is taken for new. */
export async function reviewByUpsert(
  { manager }: DataSource,
  changeId: number,
  { thinking }: Options,
): Promise<void> {
  const change = await manager.findOneByOrFail(Change, { changeId });
  await thinking?.();
  change.reviewCount += 1;
  const { rowVersion, reviewCount } = change;
  const { affected } = await manager.update(Change, { changeId, rowVersion }, { reviewCount });
  if (affected === 0) {
    const { status, currentPatchSetId, submitCount } = change;
    const row = { changeId, status, currentPatchSetId, submitCount, reviewCount };
    await manager.upsert(Change, row, ['changeId']);
  }
  await manager.insert(LedgerEntry, reviewed(changeId, 1));
}
