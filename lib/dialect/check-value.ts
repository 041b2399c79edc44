import { types } from 'node:util';
import { UsageError } from '../errors/usage-error';
import type { ColumnModel, EntityModel } from '../model/entity-model';

const wholeNumber = /^-?\d+$/;
const decimalNumber = /^-?\d+(?:\.\d+)?$/;

/**
 * Refuses a key value whose shape is not its column's, before it meets SQL.
 *
 * Servers are generous: MariaDB finds row 7 by `' 7'`, `'7.0'` and, through mysql2, `[7]`.
 *
 * @throws {UsageError} Naming entity and property, never the value.
 */
export function checkKeyValue(model: EntityModel, column: ColumnModel, value: unknown): unknown {
  if (isKeyValue(column, value)) return value;
  throw new UsageError(
    `${model.entityName}.${column.propertyPath} is part of a key and holds ${describe(value)} ` +
      `where its column is ${column.kind === 'other' ? 'of another type' : column.kind}`,
  );
}

/** Whether a value has the shape of a key column's. */
export function isKeyValue({ kind }: ColumnModel, value: unknown): boolean {
  if (kind === 'integer') return isInteger(value);
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'other') return isScalar(value) && value !== null && typeof value !== 'boolean';
  return isInteger(value) || (typeof value === 'string' && decimalNumber.test(value));
}

/**
 * Refuses a value that a driver would write into the text of the statement as something else than
 * one literal: mysql2 expands arrays and calls `toSqlString` of objects.
 *
 * @throws {UsageError} Naming entity and property, never the value.
 */
export function checkScalar(model: EntityModel, column: ColumnModel, value: unknown): unknown {
  if (isScalar(value)) return value;
  throw new UsageError(
    `${model.entityName}.${column.propertyPath} holds ${describe(value)}, which is no value of one column`,
  );
}

/**
 * Refuses what would not stay in its row: `unnest` flattens a list into the rows that follow.
 *
 * @throws {UsageError} Naming entity and property, never the value.
 */
export function checkSingle(model: EntityModel, column: ColumnModel, value: unknown): void {
  if (!Array.isArray(value) && typeof value !== 'function' && typeof value !== 'symbol') return;
  throw new UsageError(
    `${model.entityName}.${column.propertyPath} holds ${describe(value)}, which is no value of one column`,
  );
}

function isInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return typeof value === 'bigint' || (typeof value === 'string' && wholeNumber.test(value));
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  // Not by instanceof: an object that only inherits from Date may have a toSqlString of its own.
  if (value === null || types.isDate(value) || types.isUint8Array(value)) return true;
  return ['string', 'bigint', 'boolean'].includes(typeof value);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return value === null ? 'null' : `a value of type ${typeof value}`;
}
