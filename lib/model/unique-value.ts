import { keyId } from './entity-key';
import type { EntityModel, UniqueModel } from './entity-model';

/** Identifies a unique value of a table, letter by letter. */
export function valueId(
  { tableName }: EntityModel,
  { name }: UniqueModel,
  values: readonly unknown[],
): string {
  return `${tableName} ${name} ${keyId(values)}`;
}

/** The same for all values that a collation may take for one. */
export function uniqueValueId(
  { tableName }: EntityModel,
  { name }: UniqueModel,
  values: readonly unknown[],
): string {
  return `${tableName} ${name} ${foldedId(values)}`;
}

/** Collations that ignore case and trailing blanks make one value of two texts: rather too many equal. */
export function foldedId(values: readonly unknown[]): string {
  return keyId(
    values.map((value) => (typeof value === 'string' ? value.toLowerCase().trimEnd() : value)),
  );
}
