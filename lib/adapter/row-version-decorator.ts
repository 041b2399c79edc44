import { getMetadataArgsStorage, type EntitySchemaColumnOptions } from 'typeorm';
import { markToken, markUnversioned } from './marks';

export interface RowVersionOptions {
  /** Name of the column. Default `row_version`. */
  readonly name?: string;
}

// default: 1, because the migration that adds the column must run on a filled table.
// update: false, because then a plain save() elsewhere can only move the version forward.
const versionColumn = { default: 1, update: false } as const;

/**
 * Adds a row version to an entity: on a property, or on the class, then without declaring one.
 *
 * It is a TypeORM version column, `row_version INT NOT NULL DEFAULT 1`. Inside a unit of work every
 * change of a row compares it and moves it by one.
 *
 * @example On a property
 *   @RowVersion() version: number;
 * @example On the class
 *   @Entity() @RowVersion() class Account { … }
 */
export function RowVersion(options: RowVersionOptions = {}): ClassDecorator & PropertyDecorator {
  return (target: object, propertyKey?: string | symbol): void => {
    getMetadataArgsStorage().columns.push({
      target: propertyKey === undefined ? (target as NewableFunction) : target.constructor,
      propertyName: propertyKey === undefined ? 'rowVersion' : String(propertyKey),
      mode: 'version',
      options: { ...versionColumn, name: options.name ?? 'row_version' },
    });
  };
}

/**
 * The same column for entities that are described by an EntitySchema.
 *
 * @example
 *   new EntitySchema({ name: 'Account', columns: { …, version: rowVersionColumn() } })
 */
export function rowVersionColumn(options: RowVersionOptions = {}): EntitySchemaColumnOptions {
  return { ...versionColumn, type: 'int', version: true, name: options.name ?? 'row_version' };
}

/**
 * Stands beside `@Column()`: a change of only such columns neither checks nor moves the row version.
 *
 * For values that are derived or counted in the background: whoever writes them must not make
 * people lose their work. The last writer of the column wins.
 *
 * It keeps writers apart at READ COMMITTED; at REPEATABLE READ PostgreSQL refuses every change of
 * a row that another transaction changed, whatever the column.
 */
export function Unversioned(): PropertyDecorator {
  return (target: object, propertyKey: string | symbol): void =>
    markUnversioned(target.constructor, String(propertyKey));
}

/**
 * Stands beside `@Column()`: the value that was loaded joins the check. A row that is changed, removed
 * or asserted while somebody else has given the column another value is a conflict, whatever its row
 * version says; `changedTokens` names the column.
 *
 * For tables whose other writers move no row version: a status, an etag, a checksum. Values are
 * compared exactly, null like any other: 'open' is not 'OPEN'. Several columns may be tokens, with or
 * without a `@RowVersion`. The row is locked and read before it is written, which costs a statement.
 *
 * @throws {MappingError} At first use: the column is not selected, or more precise than a Date.
 * @example
 *   @ConcurrencyToken() @Column() status: string;
 */
export function ConcurrencyToken(): PropertyDecorator {
  return (target: object, propertyKey: string | symbol): void =>
    markToken(target.constructor, String(propertyKey));
}
