import type { EntityMetadata, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { ColumnModel, UniqueModel } from '../model/entity-model';
import { holderOf, relationProperty, relationValue, type ColumnMetadata } from './typeorm-metadata';

/**
 * The condition that finds the row with a unique key, and nothing else: of a related object its key
 * alone.
 */
export function whereOf<T extends ObjectLiteral>(
  metadata: EntityMetadata,
  { columns }: UniqueModel,
  key: object,
): FindOptionsWhere<T> {
  const where: Record<string, unknown> = {};
  for (const model of columns) {
    const column = metadataOf(metadata, model);
    const path = column.embeddedMetadata?.parentPropertyNames ?? [];
    const holder = path.reduce((outer, name) => inner(outer, name), where);
    const { relationMetadata: relation, referencedColumn } = column;
    if (column.isVirtual && relation && referencedColumn) {
      const related = inner(holder, relation.propertyName);
      related[referencedColumn.propertyName] = referencedValue(column, key);
    } else {
      holder[column.propertyName] = column.getEntityValue(key) as unknown;
    }
  }
  return where as FindOptionsWhere<T>;
}

/** Takes a value of a key over; a foreign key without a property comes with its relation. */
export function fillIn(
  metadata: EntityMetadata,
  model: ColumnModel,
  key: object,
  entity: object,
): void {
  const column = metadataOf(metadata, model);
  const { relationMetadata: relation } = column;
  if (!column.isVirtual || !relation) {
    model.copy(key, entity);
    return;
  }
  const holder = holderOf(relation, entity);
  if (holder) holder[relationProperty(relation)] = relationValue(relation, key);
}

function metadataOf({ columns }: EntityMetadata, { databaseName }: ColumnModel): ColumnMetadata {
  const column = columns.find((other) => other.databaseName === databaseName);
  if (!column) throw new TypeError(`the model of ${databaseName} is of another entity`);
  return column;
}

function inner(holder: Record<string, unknown>, name: string): Record<string, unknown> {
  return (holder[name] ??= {}) as Record<string, unknown>;
}

function referencedValue({ relationMetadata, referencedColumn }: ColumnMetadata, key: object) {
  const related = relationMetadata && relationValue(relationMetadata, key);
  const isEntity = typeof related === 'object' && related !== null;
  return isEntity ? (referencedColumn?.getEntityValue(related) as unknown) : related;
}
