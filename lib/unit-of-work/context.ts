import type { DataSource, QueryRunner } from 'typeorm';
import { EntityModels } from '../adapter/entity-models';
import { listenToLoads } from '../adapter/load-subscriber';
import type { Dialect } from '../dialect/dialect';
import { dialectOf } from '../dialect/dialects';
import { UsageError } from '../errors/usage-error';
import { TableCatalog } from '../flush/table-catalog';
import { ReplayCounts, type ReplayStatistics } from '../replay/replay-counts';
import { ReplayQueue } from '../replay/replay-queue';
import { tokenBudget, type RetryBudget } from '../replay/retry-budget';
import { systemClock } from '../support/clock';
import { checkDefaults, type UnitOfWorkDefaults } from './defaults';

/** What all units of one data source share. */
export interface DataSourceContext {
  readonly dataSource: DataSource;
  readonly dialect: Dialect;
  readonly models: EntityModels;
  readonly catalog: TableCatalog;
  /** Where the replays of this process line up. */
  readonly replays: ReplayQueue;
  readonly counts: ReplayCounts;
  /** What they may spend on replays, unless they are given another budget. */
  readonly budget: RetryBudget;
  /** Set if a unit is to run in the transaction of its caller: its query runner. */
  readonly host?: QueryRunner | undefined;
}

const contexts = new WeakMap<DataSource, DataSourceContext>();
const defaults = new WeakMap<DataSource, UnitOfWorkDefaults>();

/** @throws {UsageError} An option is unknown or has no value of its range. */
export function setDefaults(dataSource: DataSource, options: UnitOfWorkDefaults): void {
  const { type } = checkDataSource(dataSource).options;
  const { writer } = checkDefaults(options);
  if (writer !== undefined && !(isDataSource(writer) && writer.options.type === type)) {
    throw new UsageError('writer must be a data source, and of the same type');
  }
  defaults.set(dataSource, options);
}

/**
 * How often units of this data source had to run again, how many wait now, and how many were refused.
 *
 * Counted for as long as the data source lives; what is returned does not change any more.
 *
 * @throws {UsageError} The data source is not initialized.
 * @example
 *   const { replays, gaveUp } = replayStatistics(dataSource);
 *   gauge.set({ refused: gaveUp.budget + gaveUp.queue, replays });
 */
export function replayStatistics(dataSource: DataSource): ReplayStatistics {
  const { replays: queue, counts } = contextOf(dataSource);
  const { replays, lockingReplays, gaveUp } = counts;
  return { replays, lockingReplays, waiting: queue.waiting, gaveUp: { ...gaveUp } };
}

export function defaultsOf(dataSource: DataSource): UnitOfWorkDefaults {
  return defaults.get(dataSource) ?? {};
}

/** @throws {UsageError} The data source is not initialized, or its database is not supported. */
export function contextOf(dataSource: DataSource): DataSourceContext {
  if (!checkDataSource(dataSource).isInitialized) {
    throw new UsageError('the data source is not initialized: await dataSource.initialize() first');
  }
  let context = contexts.get(dataSource);
  if (!context) {
    const { driver, options } = dataSource;
    const dialect = dialectOf(options.type, driver.isReturningSqlSupported('insert'));
    const models = new EntityModels(dataSource);
    const catalog = new TableCatalog(dialect);
    const replays = new ReplayQueue(systemClock);
    const counts = new ReplayCounts();
    const budget = tokenBudget();
    context = { dataSource, dialect, models, catalog, replays, counts, budget };
    contexts.set(dataSource, context);
  }
  listenToLoads(dataSource);
  return context;
}

/**
 * Where the replays of a data source are made.
 *
 * @throws {UsageError} The writer is not initialized, or lacks an entity.
 */
export function writerOf(context: DataSourceContext): DataSourceContext {
  const { writer } = defaultsOf(context.dataSource);
  if (writer === undefined || writer === context.dataSource) return context;
  if (!writer.isInitialized) {
    throw new UsageError(
      'the writer of the data source is not initialized: await writer.initialize() first',
    );
  }
  const lacked = context.dataSource.entityMetadatas.filter(
    ({ target }) => !writer.hasMetadata(target),
  );
  if (lacked.length > 0) {
    const names = lacked.map(({ name }) => name).join(', ');
    throw new UsageError(`the writer of the data source lacks entities: ${names}`);
  }
  return contextOf(writer);
}

/** By shape, not by class: two copies of TypeORM in one process both work. */
function isDataSource(source: unknown): source is DataSource {
  const { createQueryRunner, driver } = (source ?? {}) as Partial<DataSource>;
  return typeof createQueryRunner === 'function' && driver !== undefined;
}

function checkDataSource(source: unknown): DataSource {
  if (isDataSource(source)) return source;
  throw new UsageError('unitOfWork() takes a DataSource, or the manager of a transaction');
}
