import type { CollectionModel } from '../model/entity-model';
import type { TrackedEntity } from './tracked-entity';

/**
 * Remembers which members the loaded collections of an entity have.
 *
 * @param loaded The instance they were loaded with, which may be another than the one that stays.
 * @param isFiltered Whether a collection was loaded with a condition, so that members may be missing.
 */
export function rememberCollections(
  tracked: TrackedEntity,
  loaded: object = tracked.entity,
  isFiltered: (collection: CollectionModel) => boolean = () => false,
): void {
  for (const collection of tracked.model.collections) {
    if (tracked.collections?.has(collection)) continue;
    const members = collection.members(loaded);
    if (!members) continue;
    tracked.collections ??= new Map();
    tracked.collections.set(collection, [...members]);
    if (!isFiltered(collection)) continue;
    tracked.filtered ??= new Set();
    tracked.filtered.add(collection);
  }
}

/**
 * Makes room for a collection that is loaded whole, after it had been loaded with a condition.
 *
 * @returns Whether it had been, and was not edited since.
 */
export function forgetFiltered(tracked: TrackedEntity, collection: CollectionModel): boolean {
  const { filtered, collections } = tracked;
  const isEdited = editedCollections(tracked).some((edit) => edit.collection === collection);
  if (!filtered?.has(collection) || isEdited) return false;
  filtered.delete(collection);
  collections?.delete(collection);
  return true;
}

/** Collections that were assigned, or read lazily, without what they had before being known. */
export function unreadCollections({
  model,
  entity,
  collections,
}: TrackedEntity): CollectionModel[] {
  return model.collections.filter(
    (collection) => !collections?.has(collection) && collection.members(entity),
  );
}

/** Members that came into a collection and that left it, since it was loaded or written. */
export interface CollectionEdit {
  readonly tracked: TrackedEntity;
  readonly collection: CollectionModel;
  /** Its members as they are written: what comes while the flush is under way is for the next one. */
  readonly now: readonly object[];
  readonly came: readonly object[];
  readonly left: readonly object[];
}

/** The collections of an entity that were edited. */
export function editedCollections(tracked: TrackedEntity): CollectionEdit[] {
  const { model, entity, state } = tracked;
  if (model.collections.length === 0 || state === 'attached') return [];
  if (state === 'removed') return [...leftBehind(tracked), ...takenOut(tracked)];
  return model.collections.flatMap((collection) => {
    const now = collection.members(entity);
    if (!now) return [];
    const before = tracked.collections?.get(collection) ?? (state === 'new' ? [] : now);
    const isMember = new Set(now);
    const wasMember = new Set(before);
    const came = [...isMember].filter((member) => !wasMember.has(member));
    const left = [...wasMember].filter((member) => !isMember.has(member));
    return came.length + left.length > 0
      ? [{ tracked, collection, now: [...now], came, left }]
      : [];
  });
}

/** Link rows of an entity that is removed, where nobody else removes them. */
function leftBehind(tracked: TrackedEntity): CollectionEdit[] {
  return tracked.model.collections.flatMap((collection) => {
    const left = tracked.collections?.get(collection) ?? [];
    const isLeft = collection.links && !collection.links.isDeletedWith && left.length > 0;
    return isLeft ? [{ tracked, collection, now: [], came: [], left }] : [];
  });
}

/** Members that were taken out of an entity before it was removed: they do not go with it. */
function takenOut(tracked: TrackedEntity): CollectionEdit[] {
  return tracked.model.collections.flatMap((collection) => {
    const now = collection.foreignKey && collection.members(tracked.entity);
    if (!now || collection.foreignKey.orphans === 'refuse') return [];
    const isMember = new Set(now);
    const left = (tracked.collections?.get(collection) ?? []).filter((one) => !isMember.has(one));
    return left.length > 0 ? [{ tracked, collection, now: [...now], came: [], left }] : [];
  });
}

/** Whether the flush would still have to find out what is to be written. */
export function hasUnwritten(tracked: TrackedEntity): boolean {
  if (tracked.state === 'attached' || editedCollections(tracked).length > 0) return true;
  return tracked.state === 'managed' && unreadCollections(tracked).length > 0;
}
