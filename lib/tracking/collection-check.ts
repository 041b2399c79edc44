import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import type { CollectionModel } from '../model/entity-model';
import type { IdentityMap } from './identity-map';
import type { TrackedEntity } from './tracked-entity';

/** Remembers which members the loaded collections of an entity have. */
export function rememberCollections(tracked: TrackedEntity): void {
  for (const collection of tracked.model.collections) {
    if (tracked.collections?.has(collection)) continue;
    const members = collection.members(tracked.entity);
    if (!members) continue;
    tracked.collections ??= new Map();
    tracked.collections.set(collection, [...members]);
  }
}

/**
 * Refuses a changed collection that the rows written would not show.
 *
 * A one-to-many is stored by its members: whoever came in must point to the entity, whoever left
 * must be removed or point elsewhere. Link rows of a many-to-many are not written at all.
 *
 * @throws {UsageError} Something would be lost without a word.
 */
export function checkCollections(map: IdentityMap, tracked: TrackedEntity): void {
  for (const collection of tracked.model.collections) {
    const now = collection.members(tracked.entity);
    if (!now) continue;
    const before = tracked.collections?.get(collection) ?? (tracked.state === 'new' ? [] : now);
    const isMember = new Set(now);
    const wasMember = new Set(before);
    const came = now.filter((member) => !wasMember.has(member));
    const left = before.filter((member) => !isMember.has(member));
    const isShown =
      came.every((member) => isShownByRow(map, tracked, collection, member, true)) &&
      left.every((member) => isShownByRow(map, tracked, collection, member, false));
    if (!isShown) throw refused(tracked, collection);
  }
}

function isShownByRow(
  map: IdentityMap,
  { entity }: TrackedEntity,
  { pointsTo }: CollectionModel,
  member: object,
  isMember: boolean,
): boolean {
  if (!pointsTo) return false;
  const tracked = map.get(member);
  const isGone = !tracked || tracked.state === 'removed';
  return isGone ? !isMember : pointsTo(member, entity) === isMember;
}

function refused({ model, key }: TrackedEntity, { propertyPath, pointsTo }: CollectionModel) {
  const row = `${model.entityName}(${key ? keyId(key) : 'new'}).${propertyPath}`;
  return new UsageError(
    pointsTo
      ? `${row} was changed, but its members do not say so: add() or remove() each one and set its ` +
          'many-to-one side'
      : `${row} was changed: the link rows of a many-to-many are not written by a unit of work yet; ` +
          'map the link table as an entity of its own',
  );
}
