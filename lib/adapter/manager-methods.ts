import {
  InsertResult,
  type DataSource,
  type EntityManager,
  type EntityMetadata,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
} from 'typeorm';
import { UnitClosedError } from '../errors/unit-closed-error';
import { UsageError } from '../errors/usage-error';
import { listOf } from '../support/list-of';
import { writerOf, type Removal, type UnitWriter } from './unit-writer';

type Method = (dataSource: DataSource, runner: QueryRunner, ...args: unknown[]) => Promise<unknown>;

type TransactionWork = (manager: EntityManager) => Promise<unknown>;

/** The methods of an EntityManager that write entities, as a unit understands them. */
export const managerMethods: Readonly<Record<string, Method>> = {
  save: (dataSource, runner, ...args) => {
    const { metadata, given, entities } = persistArguments(dataSource, 'save', args);
    return writer(runner)
      .save(metadata, entities)
      .then(() => given);
  },
  remove: removing('remove'),
  softRemove: removing('softRemove'),
  recover: removing('recover'),
  async insert(dataSource, runner, target, given) {
    const metadata = dataSource.getMetadata(target as EntityTarget<ObjectLiteral>);
    const values = objectsOf('insert', given);
    await writer(runner).insert(metadata, values);
    return insertResult(metadata, values);
  },
  async upsert(dataSource, runner, target, given, pathsOrOptions) {
    const metadata = dataSource.getMetadata(target as EntityTarget<ObjectLiteral>);
    const values = objectsOf('upsert', given);
    await writer(runner).upsert(metadata, values, conflictPathsOf(pathsOrOptions));
    return insertResult(metadata, values);
  },
  transaction(_, runner, ...args) {
    const isolation = args.find((one): one is string => typeof one === 'string');
    const work = args.find((one): one is TransactionWork => typeof one === 'function');
    if (!work) throw new UsageError('transaction() needs a function to run');
    return writer(runner).transaction(isolation, () => work(runner.manager));
  },
  clear: () => refuse('clear', 'delete the rows in the unit, or clear the table outside of it'),
  clearAll: () => refuse('clearAll', 'delete the rows in the unit, or clear them outside of it'),
};

for (const [name, method] of Object.entries(managerMethods)) {
  // What TypeORM rejects, this rejects too: never an error before there is a promise.
  const rejecting: Method = async (...args) => method(...args);
  Object.assign(managerMethods, { [name]: rejecting });
}

function removing(how: Removal): Method {
  return (dataSource, runner, ...args) => {
    const { metadata, given, entities } = persistArguments(dataSource, how, args);
    return writer(runner)
      .remove(metadata, entities, how)
      .then(() => given);
  };
}

function refuse(method: string, instead: string): Promise<never> {
  throw new UsageError(`${method}() cannot be checked inside a unit of work: ${instead}`);
}

function writer(runner: QueryRunner): UnitWriter {
  const found = writerOf(runner);
  if (found) return found;
  throw new UnitClosedError('The unit of work has ended');
}

interface PersistArguments {
  readonly metadata: EntityMetadata | undefined;
  /** As it was handed over, and so returned. */
  readonly given: unknown;
  readonly entities: readonly object[];
}

/** `save(entity)`, `save(Target, entity)`, each with options or without. */
function persistArguments(
  dataSource: DataSource,
  method: string,
  args: readonly unknown[],
): PersistArguments {
  const [first] = args;
  const isEntity = typeof first === 'object' && first !== null && !isSchema(first);
  const hasTarget = args.length > 1 && !isEntity;
  const [given, options] = hasTarget ? args.slice(1) : args;
  refuseOptions(method, options ?? {});
  return {
    metadata: hasTarget ? dataSource.getMetadata(first as EntityTarget<ObjectLiteral>) : undefined,
    given,
    entities: objectsOf(method, given),
  };
}

function isSchema(value: object): boolean {
  return (
    (value as { readonly '@instanceof'?: unknown })['@instanceof'] === Symbol.for('EntitySchema')
  );
}

/** The rest of TypeORM's options means nothing to a unit: it has one transaction, and batches of its own. */
function refuseOptions(method: string, options: object): void {
  const { listeners, data } = options as { readonly listeners?: unknown; readonly data?: unknown };
  if (listeners === false) {
    throw new UsageError(
      `${method}() cannot leave listeners out inside a unit of work: use a query builder with callListeners(false)`,
    );
  }
  if (data !== undefined) {
    throw new UsageError(`${method}() cannot hand data to subscribers inside a unit of work`);
  }
}

function objectsOf(method: string, given: unknown): readonly object[] {
  const list = listOf(given as object);
  for (const one of list) {
    if (typeof one !== 'object' || one === null) {
      throw new UsageError(
        `${method}() takes entities or objects with their values, not ${typeof one}`,
      );
    }
  }
  return list;
}

function conflictPathsOf(pathsOrOptions: unknown): readonly string[] {
  if (Array.isArray(pathsOrOptions)) return pathsOrOptions as string[];
  const { conflictPaths, indexPredicate } = (pathsOrOptions ?? {}) as Record<string, unknown>;
  if (indexPredicate !== undefined) {
    throw new UsageError(
      'upsert() by an index with a predicate cannot be checked: find the entity, and change or add() it',
    );
  }
  if (Array.isArray(conflictPaths)) return conflictPaths as string[];
  if (typeof conflictPaths === 'object' && conflictPaths !== null)
    return Object.keys(conflictPaths);
  throw new UsageError('upsert() needs the properties of a unique constraint');
}

/** What TypeORM answers: the keys, and what the database filled in. */
function insertResult(metadata: EntityMetadata, values: readonly object[]): InsertResult {
  const result = new InsertResult();
  const returned = metadata.getInsertionReturningColumns();
  result.identifiers = values.map((value) => metadata.getEntityIdMap(value) ?? {});
  result.generatedMaps = values.map((value) => {
    const map: ObjectLiteral = {};
    for (const column of returned) column.setEntityValue(map, column.getEntityValue(value));
    return map;
  });
  result.raw = [];
  return result;
}
