import { addCascaded } from '../tracking/add-cascaded';
import { applyCollections, type AppliedCollections } from '../tracking/apply-collections';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { WriteSet } from '../write-set/change';
import { collectChanges } from '../write-set/collect-changes';
import type { FlushContext } from './flush-context';
import { readCollections } from './read-collections';
import { readLazyKeys } from './read-lazy-keys';
import { readRoots } from './read-roots';

/** What must be written, and what was done to entities so that it can be. */
export interface Comparison extends WriteSet {
  readonly applied: AppliedCollections;
}

/**
 * Says what must be written of everything that is tracked, of what cascades reach, of members of
 * edited collections, and of the roots they belong to.
 */
export async function compare(context: FlushContext): Promise<Comparison> {
  const { map } = context;
  addCascaded(map);
  await settleRelations(map.all());
  await readCollections(context);
  const applied = applyCollections(map);
  context.undo.push(...applied.takeBack);
  return { ...(await compareChosen(context)), applied };
}

/** The same of the entities chosen and of the roots they belong to. */
export async function compareChosen(
  context: FlushContext,
  chosen?: readonly TrackedEntity[],
): Promise<WriteSet> {
  const { map } = context;
  if (chosen) await settleRelations(chosen);
  await readLazyKeys(context, chosen ?? map.all());
  let writeSet = collectChanges(map, chosen);
  while (writeSet.unreadRoots.length > 0) {
    await readRoots(context, writeSet.unreadRoots);
    writeSet = collectChanges(map, chosen);
  }
  return writeSet;
}

/** A promise that was assigned to a lazy relation decides a foreign key, or who is a member. */
async function settleRelations(all: readonly TrackedEntity[]): Promise<void> {
  for (const { model, entity } of all) {
    for (const { settle } of model.references) await settle?.(entity);
    for (const { settle } of model.collections) await settle?.(entity);
  }
}
