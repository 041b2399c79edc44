import type { EntityManager } from 'typeorm';
import type { PartRelation } from '../adapter/part-relation';
import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import { sameValues } from '../model/fingerprint';
import type { IdentityMap } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import { copyPath } from './assign';
import type { EntityTracking } from './entity-tracking';
import { changeAsAsked, type Asked } from './take-back';

/** What a relation to parts holds: `Line` of `Line[]`, `Line[] | undefined`, `Promise<Line[]>`, `Line | null`. */
export type PartOfRelation<R> =
  NonNullable<Awaited<R>> extends readonly (infer Part)[] ? Part : NonNullable<Awaited<R>>;

/** What replacing parts needs of the unit. */
export interface PartsContext {
  readonly manager: EntityManager;
  readonly map: IdentityMap;
  readonly asked: Asked;
  modelOf(part: object): EntityModel;
  readonly tracking: Pick<EntityTracking, 'add' | 'remove'>;
  /** @throws {ConcurrencyError} The root has moved since the unit read it. */
  checkRoot(): Promise<void>;
}

/**
 * Makes the parts of a root those that are given: what is there already is changed, what is missing
 * is added, what is left over is removed, and what is equal is left alone.
 *
 * @throws {UsageError} The set in memory is not the one that would be replaced, or the new one is none.
 */
export async function replaceParts(
  context: PartsContext,
  root: TrackedEntity,
  relation: PartRelation,
  wanted: readonly object[],
  matchBy: readonly string[] | undefined,
): Promise<void> {
  if (!Array.isArray(wanted)) throw new UsageError('replaceParts() takes a list of parts');
  refuseEdited(root, relation);
  const match = matchColumns(relation, matchBy);
  const wantedById = byMatch(relation.parts, match, wanted);
  const loaded =
    root.state === 'new' ? [] : await relation.load(context.manager, context.map, root);
  const stored = loaded.filter((part) => isStillOf(root, relation, part));
  await refuseFiltered(context, root, relation, stored);
  const pending = pendingParts(context.map, root, relation);
  const current = currentParts(relation.parts, match, [...stored, ...pending]);
  const drafts = wantedById.map(([id, values]) => {
    const known = current.get(id ?? values);
    if (id !== undefined) current.delete(id);
    if (!known && id !== undefined) refuseForeign(relation, match, values);
    const part = known ?? relation.create(context.manager, root.entity, values);
    const draft = {};
    copyValues(context.modelOf(part), relation, draft, values, known === undefined);
    return { part, draft, isNew: known === undefined };
  });
  // Whatever can be refused was refused, and a getter that throws has thrown: nothing is half replaced.
  context.tracking.add(drafts.filter(({ isNew }) => isNew).map(({ part }) => part));
  const members = drafts.map(({ part, draft, isNew }) => {
    copyValues(context.modelOf(part), relation, kept(context, part), draft, isNew);
    return part;
  });
  context.tracking.remove([...current.values()]);
  remember(context, root, relation, members);
}

/** Not of a part that the unit has given to another root meanwhile. */
function isStillOf(root: TrackedEntity, { name }: PartRelation, part: object): boolean {
  const collection = root.model.collections.find(({ propertyPath }) => propertyPath === name);
  return collection?.foreignKey?.pointsTo(part, root.entity) !== false;
}

/** A part that an earlier call would have removed. */
function kept({ map }: PartsContext, part: object): object {
  const tracked = map.get(part);
  if (tracked?.state === 'removed') tracked.state = 'managed';
  return part;
}

function remember(
  { asked }: PartsContext,
  root: TrackedEntity,
  relation: PartRelation,
  members: readonly object[],
): void {
  const { model, entity } = root;
  changeAsAsked(asked, () => relation.assign(entity, members));
  const collection = model.collections.find(({ propertyPath }) => propertyPath === relation.name);
  if (collection) root.collections = new Map(root.collections).set(collection, members);
}

/** What tells the parts of one root apart: their key without the root's, if the user names nothing. */
function matchColumns(
  { parts, reference }: PartRelation,
  names: readonly string[] | undefined,
): readonly ColumnModel[] {
  if (!names) return parts.key.filter((column) => !reference.columns.includes(column));
  return names.map((name) => {
    const column = parts.columns.find(({ propertyPath }) => propertyPath === name);
    if (column) return column;
    throw new UsageError(`matchBy names ${name}, which is no column of ${parts.entityName}`);
  });
}

/** `undefined`: the database will make its key, so it is none of those that are there. */
function matchId(match: readonly ColumnModel[], part: object): string | undefined {
  const values = match.map((column) => column.read(part));
  return values.includes(undefined) || values.includes(null) ? undefined : keyId(values);
}

/** Those that nothing tells apart stand under themselves: nobody can want them. */
function currentParts(
  { entityName }: EntityModel,
  match: readonly ColumnModel[],
  parts: readonly object[],
): Map<string | object, object> {
  const current = new Map<string | object, object>();
  for (const part of parts) {
    const id = matchId(match, part) ?? part;
    if (current.has(id)) {
      const names = match.map(({ propertyPath }) => propertyPath).join(', ');
      throw new UsageError(`two ${entityName} of the root have the same ${names}: match by more`);
    }
    current.set(id, part);
  }
  return current;
}

function byMatch(
  { entityName }: EntityModel,
  match: readonly ColumnModel[],
  wanted: readonly object[],
): (readonly [string | undefined, object])[] {
  const seen = new Set<string>();
  const names = match.map(({ propertyPath }) => propertyPath).join(', ');
  return wanted.map((part) => {
    if (typeof part !== 'object' || part === null) {
      throw new UsageError(`replaceParts() takes objects with the values of ${entityName}`);
    }
    const id = matchId(match, part);
    if (id === undefined && !match.some((column) => column.isKey && column.isFilledOnInsert)) {
      throw new UsageError(`a ${entityName} has no ${names}, by which the parts are matched`);
    }
    if (id !== undefined && seen.has(id)) {
      throw new UsageError(`two of the parts have the same ${names}: ${id}`);
    }
    if (id !== undefined) seen.add(id);
    return [id, part];
  });
}

/** A key that the database makes cannot be chosen: it would be that of another root's part. */
function refuseForeign({ parts }: PartRelation, match: readonly ColumnModel[], part: object): void {
  if (!match.some((column) => column.isKey && column.isFilledOnInsert)) return;
  throw new UsageError(`${parts.entityName}(${matchId(match, part)}) is no part of this root`);
}

/** Mapped columns alone; never the key of a part that exists, the root, or a row version. */
function copyValues(
  { columns: all, references, version }: EntityModel,
  { reference }: PartRelation,
  part: object,
  values: object,
  isNew: boolean,
): void {
  const ofRoot = new Set(reference.columns.map(({ databaseName }) => databaseName));
  const columns = all.filter(
    (column) =>
      column !== version &&
      !ofRoot.has(column.databaseName) &&
      (column.isKey ? isNew && !column.isFilledOnInsert : column.isUpdatable),
  );
  const relations = references.filter((other) => other.propertyPath !== reference.propertyPath);
  const paths = [...columns, ...relations].map(({ propertyPath }) => propertyPath);
  for (const path of new Set(paths)) copyPath(part, values, path.split('.'));
}

/** Parts that the unit has added and not written yet. */
function pendingParts(
  map: IdentityMap,
  root: TrackedEntity,
  { parts, reference }: PartRelation,
): object[] {
  const isPart = ({ state, model, entity }: TrackedEntity) => {
    if (state !== 'new' || model.identity !== parts.identity) return false;
    if (reference.related(entity) === root.entity) return true;
    const key = reference.columns.map((column) => column.read(entity));
    return root.key !== undefined && sameValues(key, root.key);
  };
  return map
    .all()
    .filter(isPart)
    .map(({ entity }) => entity);
}

function refuseEdited(root: TrackedEntity, { name }: PartRelation): void {
  const { model, entity, state } = root;
  const collection = model.collections.find(({ propertyPath }) => propertyPath === name);
  const now = new Set(collection?.members(entity));
  const before = loadedParts(root, name) ?? (state === 'new' ? new Set() : now);
  if (now.size === before.size && [...now].every((member) => before.has(member))) return;
  throw new UsageError(
    `${model.entityName}.${name} was edited: either edit it, or leave it to replaceParts()`,
  );
}

/**
 * Parts that are stored and were not loaded with the others were left out by a condition, or have
 * come since: the root's version tells.
 */
async function refuseFiltered(
  { checkRoot, map }: PartsContext,
  root: TrackedEntity,
  { name }: PartRelation,
  stored: readonly object[],
): Promise<void> {
  const loaded = loadedParts(root, name);
  // Those that the unit itself has added or is removing have not been among them.
  const isOurs = (tracked?: TrackedEntity) => tracked?.hasMoved || tracked?.state === 'removed';
  const isKnown = (part: object) => loaded?.has(part) || isOurs(map.get(part));
  if (!loaded || stored.every(isKnown)) return;
  await checkRoot();
  throw new UsageError(
    `${root.model.entityName}.${name} was loaded with a condition, so some of its parts are not known: ` +
      'load all of it, or none of it, before replaceParts()',
  );
}

/** The members that the collection had when it was loaded; `undefined`: it was not. */
function loadedParts(
  { model, collections }: TrackedEntity,
  name: string,
): ReadonlySet<object> | undefined {
  const collection = model.collections.find(({ propertyPath }) => propertyPath === name);
  const members = collection && collections?.get(collection);
  return members && new Set(members);
}
