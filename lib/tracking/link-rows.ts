import { keyOf, type EntityModel, type LinkModel } from '../model/entity-model';
import { fingerprint } from '../model/fingerprint';
import { valueId } from '../model/unique-value';
import { rowId, type IdentityMap } from './identity-map';
import type { CollectionEdit } from './loaded-collections';
import { trackedEntity, type TrackedEntity } from './tracked-entity';

/**
 * Makes the link rows that are to be written those that edited collections ask for. Both sides of a
 * many-to-many may say the same.
 *
 * @returns What takes that back.
 */
export function editLinks(map: IdentityMap, edits: readonly CollectionEdit[]): (() => void)[] {
  const takeBack: (() => void)[] = [];
  const pairs = new Pairs();
  for (const { tracked, collection, came, left } of edits) {
    if (!collection.links) continue;
    const stays = (member: object) => map.get(member)?.state !== 'removed';
    for (const member of came.filter(stays)) {
      if (!pairs.isNew(collection.links, tracked.entity, member)) continue;
      takeBack.push(addLink(map, collection.links, tracked, member));
    }
    for (const member of left) {
      // Its row is deleted already, and its link rows with it.
      if (tracked.state !== 'removed' && !map.get(member)) continue;
      if (!pairs.isNew(collection.links, tracked.entity, member)) continue;
      takeBack.push(removeLink(map, collection.links, tracked.entity, member));
    }
  }
  return takeBack;
}

function addLink(
  map: IdentityMap,
  links: LinkModel,
  { entity, collections }: TrackedEntity,
  member: object,
): () => void {
  const model = links.model();
  const added = trackedEntity(model, links.link(entity, member));
  const key = keyOf(model, added.entity);
  const known = key && map.at(model, key);
  // The other side has said so before.
  if (known?.state === 'managed') return () => undefined;
  // Whoever has read the set has found it missing: that a rival was first is a conflict.
  if (key && collections) for (const one of model.uniques) map.noteAbsent(valueId(model, one, key));
  map.add(added);
  return () => map.disown(added);
}

function removeLink(
  map: IdentityMap,
  links: LinkModel,
  entity: object,
  member: object,
): () => void {
  const model = links.model();
  const row = links.link(entity, member);
  const key = keyOf(model, row);
  const known = key && map.at(model, key);
  if (known) return markRemoved(known);
  // The other side has said so before.
  if (key && map.unlinked.has(rowId(model, key))) return () => undefined;
  const removed = trackedEntity(model, row, {
    state: 'removed',
    key,
    snapshot: model.columns.map((column) => fingerprint(column.read(row))),
  });
  map.add(removed);
  return () => map.disown(removed);
}

function markRemoved(known: TrackedEntity): () => void {
  const { state } = known;
  known.state = 'removed';
  return () => void (known.state = state);
}

/** The pairs of objects that a link row was made for. */
class Pairs {
  readonly #known = new Map<EntityModel, Map<object, Set<object>>>();

  isNew(links: LinkModel, entity: object, member: object): boolean {
    const model = links.model();
    const { owner, inverse } = links.link(entity, member) as Record<'owner' | 'inverse', object>;
    const byOwner = this.#known.get(model) ?? new Map<object, Set<object>>();
    this.#known.set(model, byOwner);
    const known = byOwner.get(owner) ?? new Set();
    byOwner.set(owner, known);
    if (known.has(inverse)) return false;
    known.add(inverse);
    return true;
  }
}
