import { ConcurrencyError } from '../errors/concurrency-error';
import { MappingError } from '../errors/mapping-error';
import { UsageError } from '../errors/usage-error';
import type { ColumnModel, EntityModel, UniqueModel } from '../model/entity-model';
import { sameValues } from '../model/fingerprint';
import { conflictOn } from '../tracking/conflict-on';
import type { IdentityMap } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { EntityTracking } from './entity-tracking';
import { changeAsAsked, type Asked } from './take-back';

/** The entity that has a unique key, and whether this call has made it. */
export interface FoundOrCreated<T> {
  readonly entity: T;
  readonly created: boolean;
}

/** What finding or creating needs of the unit. */
export interface FindContext<T extends object> {
  readonly map: IdentityMap;
  readonly asked: Asked;
  /** The row that has the key, as far as it can be seen; `isLocking`: as it is now. */
  find(unique: UniqueModel, isLocking: boolean): Promise<T | null>;
  /** Takes a value of the key over into an entity that lacks it. */
  fillIn(column: ColumnModel, key: object, entity: object): void;
  /** An entity of the class, from what `create` returned. */
  build(created: unknown): T;
  readonly tracking: Pick<EntityTracking, 'add' | 'drop' | 'record'>;
  insertUnless(tracked: TrackedEntity, unique: UniqueModel): Promise<boolean>;
  insert(tracked: TrackedEntity): Promise<void>;
  fail(error: ConcurrencyError): ConcurrencyError;
}

/**
 * Finds the entity with a unique key, or creates it; whoever is first wins, and all get the winner's.
 *
 * What `create` built for an entity that another writer was first with is dropped.
 */
export async function findOrCreate<T extends object>(
  context: FindContext<T>,
  model: EntityModel,
  key: object,
  create: () => unknown,
): Promise<FoundOrCreated<T>> {
  if (typeof create !== 'function') throw new UsageError('findOrCreate() needs a function to run');
  const unique = uniqueOf(model, key);
  const known = findTracked(context.map, model, unique, key) ?? (await context.find(unique, false));
  if (known) return { entity: known as T, created: false };
  const [created, added] = await context.tracking.record(create);
  const entity = context.build(created);
  refuseOtherKey(context, model, unique, key, entity);
  if (!context.map.get(entity)) {
    context.tracking.add([entity]);
    added.push(entity);
  }
  const tracked = trackedNew(context.map, entity, model);
  // What listeners add for the entity belongs to it as well.
  const [isInserted, byListeners] = await context.tracking.record(() =>
    context.insertUnless(tracked, unique),
  );
  if (isInserted) return { entity, created: true };
  const winner = await context.find(unique, false);
  if (winner) {
    context.tracking.drop([...added, ...byListeners]);
    return { entity: winner, created: false };
  }
  const hidden = await context.find(unique, true);
  if (hidden) throw context.fail(hiddenWinner(context.map, tracked, hidden));
  // It collided with another constraint, whose own error says so; or the winner is gone again.
  await context.insert(tracked);
  return { entity, created: true };
}

/** @throws {MappingError} No constraint keeps two rows from having the same key. */
function uniqueOf(model: EntityModel, key: object): UniqueModel {
  const { entityName } = model;
  if (typeof key !== 'object' || key === null) {
    throw new UsageError(`findOrCreate() needs the key of a ${entityName} as an object`);
  }
  const names = Object.keys(key);
  const given = model.columns.filter((column) => column.read(key) !== undefined);
  const stray = names.find((name) => !given.some((c) => c.propertyPath.split('.')[0] === name));
  if (stray !== undefined) throw new UsageError(`${entityName}.${stray} is no column with a value`);
  const empty = given.find((column) => column.read(key) === null);
  if (empty) {
    throw new UsageError(`${entityName}.${empty.propertyPath} is null, and null is never the same`);
  }
  const unique = model.uniques.find(
    ({ columns, isPartial }) =>
      !isPartial && columns.length === given.length && columns.every((c) => given.includes(c)),
  );
  if (unique) return unique;
  const list = given.map(({ propertyPath }) => `'${propertyPath}'`).join(', ');
  throw new MappingError(
    `findOrCreate() needs a unique constraint on exactly the key it is given: decorate ${entityName} ` +
      `with @Index([${list}], { unique: true })`,
  );
}

/** An entity of the unit that has the key, written or not. */
function findTracked(
  map: IdentityMap,
  model: EntityModel,
  { columns }: UniqueModel,
  key: object,
): object | undefined {
  const wanted = columns.map((column) => column.read(key));
  const found = map.all().find(({ model: other, entity }) => {
    if (other.identity !== model.identity) return false;
    return sameValues(
      wanted,
      columns.map((column) => column.read(entity)),
    );
  });
  if (found?.state !== 'removed') return found?.entity;
  throw new UsageError(
    `the ${model.entityName} with this key is to be removed in the same unit: flush() first`,
  );
}

/** Values of the key that `create` left out are filled in; others must be the same. */
function refuseOtherKey(
  context: Pick<FindContext<never>, 'asked' | 'fillIn'>,
  { entityName }: EntityModel,
  { columns }: UniqueModel,
  key: object,
  entity: object,
): void {
  for (const column of columns) {
    if (column.read(entity) === undefined) {
      const fillIn = () => context.fillIn(column, key, entity);
      changeAsAsked(context.asked, () => column.remember(entity, fillIn));
    }
    if (sameValues([column.read(entity)], [column.read(key)])) continue;
    throw new UsageError(
      `findOrCreate() was asked for another ${entityName}.${column.propertyPath} than create() made`,
    );
  }
}

/**
 * The winner came after the snapshot of the unit (MySQL and MariaDB at REPEATABLE READ): its row can be
 * locked, but what belongs to it cannot be seen. A replay sees both.
 */
function hiddenWinner(map: IdentityMap, tracked: TrackedEntity, winner: object): ConcurrencyError {
  const found = map.get(winner);
  const known = { key: found?.key, expected: null, actual: found?.version };
  return new ConcurrencyError('unique', [conflictOn(tracked, 'insert', known)]);
}

function trackedNew(map: IdentityMap, entity: object, { entityName }: EntityModel): TrackedEntity {
  const tracked = map.get(entity);
  if (tracked?.state === 'new') return tracked;
  throw new UsageError(`create() must return a new ${entityName}, not one that has a row already`);
}
