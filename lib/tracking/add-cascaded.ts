import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import { keyOf, type CascadeModel, type EntityModel } from '../model/entity-model';
import { isRowVersion } from '../model/row-version';
import { ownerOf, type IdentityMap } from './identity-map';
import { rememberCollections } from './loaded-collections';
import { trackedEntity, type TrackedEntity } from './tracked-entity';

/**
 * Adds the new objects that relations with `cascade: ['insert']` lead to.
 *
 * @throws {UsageError} It cannot be told whether an object is new.
 */
export function addCascaded(map: IdentityMap): void {
  const rest = map.all().filter(isWalked);
  for (let tracked = rest.pop(); tracked; tracked = rest.pop()) {
    for (const cascade of tracked.model.cascades) {
      if (!cascade.kinds.has('insert')) continue;
      for (const related of cascade.related(tracked.entity)) {
        if (tracked.leftOut?.has(related)) continue;
        const added = map.get(related) ? undefined : addRelated(map, tracked, cascade, related);
        if (added && isWalked(added)) rest.push(added);
      }
    }
  }
}

/** Leaves what a new entity is related to by now to whoever saves it: nothing of it is written with its row. */
export function leaveOut(tracked: TrackedEntity): void {
  const { model, entity } = tracked;
  const cascaded = model.cascades.flatMap((cascade) => cascade.related(entity));
  const members = model.collections.flatMap((collection) => collection.members(entity) ?? []);
  const related = [...cascaded, ...members];
  if (related.length > 0) tracked.leftOut = new Set(related);
  rememberCollections(tracked);
}

/** What was left out when it was inserted is written with it from now on. */
export function takeIn(tracked: TrackedEntity): void {
  const { leftOut, model } = tracked;
  if (!leftOut) return;
  tracked.leftOut = undefined;
  for (const collection of model.collections) {
    const members = tracked.collections?.get(collection) ?? [];
    const stays = members.filter((member) => !leftOut.has(member));
    tracked.collections?.set(collection, stays);
  }
}

function isWalked({ model, state }: TrackedEntity): boolean {
  return model.cascades.length > 0 && state !== 'removed';
}

function addRelated(
  map: IdentityMap,
  { model: { entityName } }: TrackedEntity,
  cascade: CascadeModel,
  related: object,
): TrackedEntity | undefined {
  const model = cascade.modelOf(related);
  const name = `${entityName}.${cascade.propertyPath}`;
  const owner = ownerOf(related);
  if (owner && owner !== map) {
    throw new UsageError(
      `${name} holds a ${model.entityName} of another unit or of an earlier attempt: load it here, or attach() it`,
    );
  }
  const key = keyOf(model, related);
  // An object with a key and nothing else says which row is meant.
  if (key && saysNoMore(model, related)) return undefined;
  if (key && (isLoaded(model, related) || map.at(model, key))) {
    throw new UsageError(
      `${name} holds ${model.entityName}(${keyId(key)}), which was not loaded in this unit: load it ` +
        'here, attach() it, or add() it if it is new',
    );
  }
  const added = trackedEntity(model, related);
  map.add(added);
  return added;
}

/** A version, or a key that the database makes: it has a row, and nobody has said at which version. */
function isLoaded({ key, version }: EntityModel, related: object): boolean {
  return isRowVersion(version?.read(related)) || key.some((column) => column.isFilledOnInsert);
}

/** A new object of a class says so by its class, a plain one by its values. */
function saysNoMore({ columns, key }: EntityModel, related: object): boolean {
  const isGiven = key.every((column) => !column.isFilledOnInsert && !column.generate);
  const isPlain = Object.getPrototypeOf(related) === Object.prototype;
  if (isGiven && !isPlain) return false;
  return columns.every(
    (column) => column.isKey || column.constant !== undefined || column.read(related) === undefined,
  );
}
