import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { UsageError } from '../errors/usage-error';
import { writerOf } from './unit-writer';

/** Where a unit is to run, as its caller says it. */
export interface Place {
  readonly dataSource: DataSource;
  /** The query runner of the transaction that the caller has begun. */
  readonly host: QueryRunner | undefined;
}

/**
 * The data source of a manager, and the transaction that it is in.
 *
 * @throws {UsageError} It has a connection of its own, and no transaction was begun on it.
 */
export function placeOf(source: DataSource | EntityManager): Place {
  if (!isManager(source)) return { dataSource: source, host: undefined };
  // The name that TypeORM 0.3 knows too.
  const { connection: dataSource, queryRunner: host } = source;
  if (!host || writerOf(host)) return { dataSource, host: undefined };
  if (!host.isTransactionActive || host.isReleased) {
    throw new UsageError(
      'unitOfWork() takes a DataSource, or a manager whose transaction was begun: this one has none',
    );
  }
  return { dataSource, host };
}

/** The unit's own runner, if it is a unit that has handed out the manager. */
export function unitRunnerOf(source: DataSource | EntityManager): QueryRunner | undefined {
  const runner = isManager(source) ? source.queryRunner : undefined;
  return writerOf(runner) && runner;
}

/** By shape, not by class: two copies of TypeORM in one process both work. */
function isManager(source: unknown): source is EntityManager {
  const { save, createQueryRunner } = (source ?? {}) as Record<string, unknown>;
  return typeof save === 'function' && createQueryRunner === undefined;
}
