import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { EntityModel } from '../model/entity-model';
import { holderOf, relationProperty, relationValue } from './typeorm-metadata';

/**
 * Copies what an object says of a row into the entity that stands for it, as `save()` of a part of an
 * entity does: what is undefined is left alone, and so are the key and the row version.
 */
export function copyInto(
  metadata: EntityMetadata,
  { columns, version }: EntityModel,
  from: object,
  to: object,
): void {
  for (const column of columns) {
    if (column.isKey || column === version || !column.isUpdatable) continue;
    if (column.read(from) !== undefined) column.copy(from, to);
  }
  for (const relation of metadata.relations) {
    const value = relationValue(relation, from);
    const holder = value === undefined ? undefined : holderOf(relation, to);
    if (holder) holder[relationProperty(relation)] = value;
  }
}

/** A copy of the values that are columns or relations, or of some of them. */
export function plainCopy(
  metadata: EntityMetadata,
  from: object,
  paths?: readonly string[],
): ObjectLiteral {
  const copy: ObjectLiteral = {};
  for (const column of metadata.columns) {
    const isWanted = !paths || paths.some((path) => isWithin(column.propertyPath, path));
    const value: unknown = isWanted && !column.isVirtual ? column.getEntityValue(from) : undefined;
    if (value !== undefined) column.setEntityValue(copy, value);
  }
  for (const relation of metadata.relations) {
    const isWanted = !paths || paths.some((path) => isWithin(relation.propertyPath, path));
    const value = isWanted ? relationValue(relation, from) : undefined;
    const holder = value === undefined ? undefined : holderOf(relation, copy);
    if (holder) holder[relationProperty(relation)] = value;
  }
  return copy;
}

function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}
