import { UsageError } from '../errors/usage-error';
import type { Dialect } from './dialect';
import { mariadb } from './mariadb';
import { mysql } from './mysql';
import { postgres } from './postgres';

/**
 * The dialect of a data source: the only list of databases.
 *
 * @param type `type` of TypeORM's DataSourceOptions.
 * @param returnsInserted Whether the server has INSERT … RETURNING.
 * @throws {UsageError} The database is not supported.
 */
export function dialectOf(type: string, returnsInserted: boolean): Dialect {
  if (type === 'postgres') return postgres;
  if (type === 'mysql') return mysql;
  if (type === 'mariadb') return returnsInserted ? mariadb : mysql;
  throw new UsageError(
    `unitOfWork() supports data sources of type postgres, mysql and mariadb, not ${type}`,
  );
}
