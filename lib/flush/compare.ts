import { checkCollections } from '../tracking/collection-check';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { WriteSet } from '../write-set/change';
import { collectChanges } from '../write-set/collect-changes';
import type { FlushContext } from './flush-context';
import { readLazyKeys } from './read-lazy-keys';
import { readRoots } from './read-roots';

/**
 * Says what must be written, of everything that is tracked or of the entities chosen, and of the
 * roots they belong to.
 */
export async function compare(
  context: FlushContext,
  chosen?: readonly TrackedEntity[],
): Promise<WriteSet> {
  const { map } = context;
  await settleRelations(map.all());
  await readLazyKeys(context, chosen ?? map.all());
  if (!chosen) for (const tracked of map.all()) checkCollections(map, tracked);
  let writeSet = collectChanges(map, chosen);
  while (writeSet.unreadRoots.length > 0) {
    await readRoots(context, writeSet.unreadRoots);
    writeSet = collectChanges(map, chosen);
  }
  return writeSet;
}

/** A promise that was assigned to a lazy relation decides a foreign key. */
async function settleRelations(all: readonly TrackedEntity[]): Promise<void> {
  for (const { model, entity } of all) {
    for (const { settle } of model.references) await settle?.(entity);
  }
}
