import type { EntityMetadata } from 'typeorm';
import { fingerprint, sameFingerprint } from '../model/fingerprint';
import { forgetFiltered, rememberCollections } from '../tracking/loaded-collections';
import type { IdentityMap } from '../tracking/identity-map';
import type { ReadPoint } from '../tracking/read-point';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Tracker } from './tracker';
import {
  holderOf,
  relationProperty,
  relationValue,
  type RelationMetadata,
} from './typeorm-metadata';

export interface LoadedGraph {
  readonly metadata: EntityMetadata;
  /** Whether the rows were read with a lock. */
  readonly isLocking: boolean;
  /** When the rows of `metadata` were read, and when those that are related to them. */
  readonly readAt: ReadPoint;
  readonly relatedReadAt: ReadPoint;
  /** Whether entities may sit in properties that are no relations (`leftJoinAndMapOne`). */
  readonly hasMappedProperties: boolean;
  /** The relations that were loaded with a condition: table and property. */
  readonly filtered?: ReadonlySet<string> | undefined;
}

/**
 * Replaces every entity of a result, related ones included, by the instance that stands for its row.
 *
 * TypeORM itself makes a new instance for each appearance of a row.
 */
export function trackGraph<T extends object>(
  tracker: Tracker,
  loaded: readonly T[],
  graph: LoadedGraph,
): T[] {
  const seen = new Map<object, object>();
  const visitor: Visitor = { tracker, graph, seen, readAt: readPoints(loaded, graph) };
  return loaded.map((entity) => visit(visitor, entity, graph.metadata) as T);
}

function readPoints(loaded: readonly object[], { readAt, relatedReadAt }: LoadedGraph) {
  if (readAt === relatedReadAt) return () => readAt;
  const main = new Set(loaded);
  return (entity: object) => (main.has(entity) ? readAt : relatedReadAt);
}

interface Visitor {
  readonly tracker: Tracker;
  readonly graph: LoadedGraph;
  /** The instance that stands for each fresh one. */
  readonly seen: Map<object, object>;
  readAt(entity: object): ReadPoint;
}

function visit(visitor: Visitor, fresh: object, declared: EntityMetadata): object {
  const { tracker, graph, seen } = visitor;
  const known = seen.get(fresh);
  if (known) return known;
  const metadata = declared.findInheritanceMetadata(fresh);
  const tracked = tracker.claim(fresh, metadata, graph.isLocking, visitor.readAt(fresh));
  const { entity } = tracked;
  if (metadata.relations.length === 0 && !graph.hasMappedProperties) return entity;
  seen.set(fresh, entity);
  const next = (value: unknown, target: EntityMetadata) =>
    replaceEntities(value, target, (related) => visit(visitor, related, target));
  const isFiltered = ({ propertyPath }: { readonly propertyPath: string }) =>
    graph.filtered?.has(`${metadata.tableName} ${propertyPath}`) ?? false;
  for (const relation of metadata.relations) {
    const value = relationValue(relation, fresh);
    if (typeof value !== 'object') continue;
    // A relation of a newer row would look like a change of the older one.
    if (entity !== fresh && !pointsToSameRow(tracked, relation, fresh)) continue;
    const related = value === null ? null : next(value, relation.inverseEntityMetadata);
    rememberRoot(tracker.map, relation, tracked, related);
    adoptRelation(relation, fresh, fresh, related);
    if (entity === fresh) continue;
    if (!isFiltered(relation)) makeRoom(tracked, relation);
    adoptRelation(relation, fresh, entity, related);
  }
  if (graph.hasMappedProperties) adoptMapped(tracker, fresh, entity, next);
  rememberCollections(tracked, fresh, isFiltered);
  return entity;
}

/**
 * A row that was loaded as a member of a collection says nothing of its foreign key: TypeORM reads the
 * column and drops it.
 */
export function rememberRoot(
  map: IdentityMap,
  { inverseRelation, isOneToMany, isOneToOneNotOwner }: RelationMetadata,
  root: TrackedEntity,
  related: unknown,
): void {
  if (!inverseRelation || (!isOneToMany && !isOneToOneNotOwner)) return;
  for (const member of Array.isArray(related) ? (related as unknown[]) : [related]) {
    const part = map.get(member as object);
    const reference = part?.model.references.find(
      ({ propertyPath }) => propertyPath === inverseRelation.propertyPath,
    );
    reference?.columns.forEach(({ index }, i) => {
      const name = reference.referencedNames[i];
      const referenced = root.model.columns.find(({ databaseName }) => databaseName === name);
      if (!part || !referenced || part.snapshot[index] !== undefined) return;
      part.snapshot[index] = root.snapshot[referenced.index];
    });
  }
}

/** A whole collection takes the place of one that was loaded with a condition. */
function makeRoom(tracked: TrackedEntity, relation: RelationMetadata): void {
  const { model, entity, filtered } = tracked;
  if (!filtered || filtered.size === 0) return;
  const collection = model.collections.find((one) => one.propertyPath === relation.propertyPath);
  const holder = holderOf(relation, entity);
  if (holder && collection && forgetFiltered(tracked, collection)) {
    holder[relationProperty(relation)] = undefined;
  }
}

/** Puts a related value into the instance that stays, unless it has one already. */
function adoptRelation(
  relation: RelationMetadata,
  fresh: object,
  entity: object,
  value: unknown,
): void {
  const property = relationProperty(relation);
  const holder = holderOf(relation, entity);
  if (!holder) return;
  if (entity === fresh || holder[property] === undefined) holder[property] = value;
  if (relation.isLazy) holder[`__has_${relation.propertyName}__`] = true;
}

/** Whether the foreign key of the fresh instance is the one that the tracked row had. */
function pointsToSameRow(
  { model, snapshot }: TrackedEntity,
  { propertyPath }: RelationMetadata,
  fresh: object,
): boolean {
  const owned = model.references.find((reference) => reference.propertyPath === propertyPath);
  return (owned?.columns ?? []).every((column) =>
    sameFingerprint(fingerprint(column.read(fresh)), snapshot[column.index]),
  );
}

function adoptMapped(
  tracker: Tracker,
  fresh: object,
  entity: object,
  next: (value: unknown, target: EntityMetadata) => unknown,
): void {
  for (const [name, value] of Object.entries(fresh)) {
    const sample: unknown = Array.isArray(value) ? value[0] : value;
    const target = metadataOfInstance(tracker, sample);
    if (!target) continue;
    (entity as Record<string, unknown>)[name] = next(value, target);
  }
}

function metadataOfInstance(tracker: Tracker, value: unknown): EntityMetadata | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const target: unknown = value.constructor;
  if (typeof target !== 'function' || !tracker.dataSource.hasMetadata(target)) return undefined;
  return tracker.dataSource.getMetadata(target);
}

/** Visits the entities in a value; ids, as `loadRelationIds` gives them, stay as they are. */
function replaceEntities(
  value: unknown,
  target: EntityMetadata,
  replace: (entity: object) => object,
): unknown {
  if (Array.isArray(value)) {
    value.forEach((element: unknown, i) => {
      if (isEntity(element, target)) value[i] = replace(element);
    });
    return value;
  }
  return isEntity(value, target) ? replace(value) : value;
}

export function isEntity(value: unknown, { target }: EntityMetadata): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return typeof target !== 'function' || value instanceof target;
}
