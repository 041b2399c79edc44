import type { DataSource } from 'typeorm';
import { EntityModels } from '../adapter/entity-models';
import { listenToLoads } from '../adapter/load-subscriber';
import type { Dialect } from '../dialect/dialect';
import { dialectOf } from '../dialect/dialects';
import { UsageError } from '../errors/usage-error';
import { TableCatalog } from '../flush/table-catalog';
import { ReplayQueue } from '../replay/replay-queue';
import { systemClock } from '../support/clock';
import { checkOptions, type UnitOfWorkOptions } from './options';

/** What all units of one data source share. */
export interface DataSourceContext {
  readonly dataSource: DataSource;
  readonly dialect: Dialect;
  readonly models: EntityModels;
  readonly catalog: TableCatalog;
  /** Where the replays of this process line up. */
  readonly replays: ReplayQueue;
}

const contexts = new WeakMap<DataSource, DataSourceContext>();
const defaults = new WeakMap<DataSource, UnitOfWorkOptions>();

/**
 * Sets the options that units of this data source have unless they say otherwise.
 *
 * A second call replaces the first.
 *
 * @throws {UsageError} An option is unknown or has no value of its range.
 * @example
 *   configureUnitOfWork(dataSource, { retry: { maxAttempts: 5 }, timeoutMs: 2_000 });
 */
export function configureUnitOfWork(dataSource: DataSource, options: UnitOfWorkOptions): void {
  defaults.set(checkDataSource(dataSource), checkOptions(options));
}

export function defaultsOf(dataSource: DataSource): UnitOfWorkOptions {
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
    context = { dataSource, dialect, models, catalog, replays };
    contexts.set(dataSource, context);
  }
  listenToLoads(dataSource);
  return context;
}

function checkDataSource(source: unknown): DataSource {
  // By shape, not by class: two copies of TypeORM in one process both work.
  const { createQueryRunner, driver } = (source ?? {}) as Partial<DataSource>;
  if (typeof createQueryRunner === 'function' && driver) return source as DataSource;
  throw new UsageError(
    'unitOfWork() takes a DataSource; inside a transaction of your own it is not supported yet',
  );
}
