import type { DataSource, EntityManager } from 'typeorm';
import { UsageError } from '../errors/usage-error';

type Methods = Record<string, unknown>;

/** The manager of the unit that is open here, if there is one. */
export type FindManager = () => EntityManager | undefined;

/** These reach no database, or hand out what joins by itself when it is used. */
const ownAffairs = new Set([
  'constructor',
  'callAggregateFun',
  'create',
  'getCustomRepository',
  'getId',
  'getMongoRepository',
  'getRepository',
  'getTreeRepository',
  'hasId',
  'incrementOrDecrementBy',
  'merge',
  'normalizeAndValidateWhereCriteria',
  'release',
  'withRepository',
]);

/**
 * Makes the manager of a data source, and so every repository and active record that was taken from it,
 * work in the unit that is open where it is called.
 *
 * Nothing is changed but these two objects: TypeORM's classes stay as they are.
 *
 * @returns What undoes it.
 * @throws {UsageError} This version of TypeORM has a door that would lead past the unit.
 */
export function joinManager(dataSource: DataSource, find: FindManager): () => void {
  let probe: EntityManager | undefined;
  const current: FindManager = () => probe ?? find();
  const undo = [
    ...methodsOf(dataSource.manager).map((name) => redirect(dataSource.manager, name, current)),
    ...['query', 'createQueryBuilder'].map((name) => redirect(dataSource, name, current)),
  ];
  const leave = () => undo.forEach((one) => one());
  try {
    tryDoors(dataSource, (manager) => (probe = manager));
  } catch (error) {
    leave();
    throw error;
  }
  return leave;
}

function methodsOf(manager: object): string[] {
  const names = new Set<string>();
  for (
    let one: object = manager;
    one !== Object.prototype;
    one = Object.getPrototypeOf(one) as object
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
      if (typeof value === 'function' && !ownAffairs.has(name)) names.add(name);
    }
  }
  return [...names];
}

/** Whoever hands over a query runner says himself where the work is to be done. */
function redirect(owner: object, name: string, current: FindManager): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  const original = (owner as Methods)[name] as (...args: unknown[]) => unknown;
  const value = function (this: unknown, ...args: unknown[]): unknown {
    const manager = args.some(isQueryRunner) ? undefined : current();
    if (!manager) return Reflect.apply(original, this, args);
    const method = (manager as unknown as Methods)[name] as typeof original;
    return Reflect.apply(method, manager, args);
  };
  Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  return () => {
    if (before) Object.defineProperty(owner, name, before);
    else Reflect.deleteProperty(owner, name);
  };
}

function isQueryRunner(value: unknown): boolean {
  return (
    typeof (value as { readonly startTransaction?: unknown } | undefined)?.startTransaction ===
    'function'
  );
}

/** Opens each door once, with something behind it that only counts. */
function tryDoors(dataSource: DataSource, use: (probe: EntityManager | undefined) => void): void {
  const [metadata] = dataSource.entityMetadatas;
  if (!metadata) return;
  const repository = dataSource.getRepository(metadata.target);
  const doors: readonly [string, () => unknown][] = [
    ['Repository.find()', () => repository.find()],
    ['Repository.findOneBy()', () => repository.findOneBy({})],
    ['Repository.count()', () => repository.count()],
    ['Repository.save()', () => repository.save({})],
    ['Repository.insert()', () => repository.insert({})],
    ['Repository.remove()', () => repository.remove({})],
    ['Repository.update()', () => repository.update({}, {})],
    ['Repository.delete()', () => repository.delete({})],
    ['Repository.query()', () => repository.query('')],
    ['Repository.createQueryBuilder()', () => repository.createQueryBuilder('probe')],
    ['Repository.extend()', () => repository.extend({}).find()],
    ['DataSource.transaction()', () => dataSource.transaction(async () => undefined)],
    ['DataSource.query()', () => dataSource.query('')],
    ['DataSource.createQueryBuilder()', () => dataSource.createQueryBuilder()],
  ];
  for (const [name, open] of doors) {
    let calls = 0;
    use(new Proxy({}, { get: () => () => void calls++ }) as EntityManager);
    try {
      const outcome = open();
      if (outcome instanceof Promise) outcome.catch(() => undefined);
    } finally {
      use(undefined);
    }
    if (calls !== 1) {
      throw new UsageError(`ambient units: ${name} of this TypeORM does not come by its manager`);
    }
  }
}
