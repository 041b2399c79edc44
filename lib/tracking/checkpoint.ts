import type { EntityModel } from '../model/entity-model';
import { findChanged } from './dirty-check';
import type { IdentityMap } from './identity-map';
import { rememberCollections } from './loaded-collections';
import { takeSnapshot } from './snapshot';
import type { TrackedEntity } from './tracked-entity';

type Kept = Pick<
  TrackedEntity,
  'state' | 'assertion' | 'forcesIncrement' | 'hasMoved' | 'version' | 'readOnlyReason'
>;

/** What a unit tracked when everything was written. */
export type Checkpoint = ReadonlyMap<TrackedEntity, Kept>;

export function takeCheckpoint(map: IdentityMap): Checkpoint {
  return new Map(
    map.all().map((tracked) => {
      const { state, assertion, forcesIncrement, hasMoved, version, readOnlyReason } = tracked;
      return [tracked, { state, assertion, forcesIncrement, hasMoved, version, readOnlyReason }];
    }),
  );
}

/**
 * Forgets what has happened since, after it was undone in the database.
 *
 * What the user assigned stays in the objects and is not written any more: whoever needs such a row
 * reads it again, and a further change of the old instance is refused. New objects are new again.
 */
export function returnTo(checkpoint: Checkpoint, map: IdentityMap, reason: string): void {
  for (const tracked of map.all()) {
    const kept = checkpoint.get(tracked);
    if (!kept && tracked.state === 'new') {
      map.disown(tracked);
      continue;
    }
    const isStale = !kept || isChanged(tracked);
    // It was given up for a statement that was rolled back.
    if (kept && kept.readOnlyReason !== tracked.readOnlyReason) map.enter(tracked);
    Object.assign(tracked, kept ?? { state: 'managed' }, { increments: undefined });
    if (!isStale) continue;
    tracked.snapshot = takeSnapshot(tracked.model, tracked.entity);
    tracked.collections = undefined;
    rememberCollections(tracked);
    map.retire(tracked, reason);
  }
}

/** What cannot even be compared has been changed. */
function isChanged(tracked: TrackedEntity): boolean {
  try {
    return findChanged(tracked).columns.length > 0 || hasOtherMembers(tracked);
  } catch {
    return true;
  }
}

function hasOtherMembers({ model, entity, collections }: TrackedEntity): boolean {
  return model.collections.some((collection: EntityModel['collections'][number]) => {
    const [now, before] = [collection.members(entity), collections?.get(collection)];
    // What was assigned in the meantime is not known to be in the database.
    if (!now || !before) return now !== undefined;
    return now.length !== before.length || now.some((member) => !before.includes(member));
  });
}
