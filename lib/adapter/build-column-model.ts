import { randomUUID } from 'node:crypto';
import type { DataSource, EntityMetadata } from 'typeorm';
import { keyId } from '../model/entity-key';
import type { ColumnKind, ColumnModel } from '../model/entity-model';
import { isMarkedUnversioned } from './marks';
import {
  foreignKeyValue,
  holderOf,
  relationProperty,
  relationValue,
  type ColumnMetadata,
} from './typeorm-metadata';

/** One column of TypeORM's metadata as the floors below understand it. */
export function buildColumnModel(
  dataSource: DataSource,
  metadata: EntityMetadata,
  column: ColumnMetadata,
  index: number,
): ColumnModel {
  const { driver } = dataSource;
  const isComputed = column.generatedType !== undefined || column.asExpression !== undefined;
  const isForeignKeyOnly = column.isVirtual && column.relationMetadata !== undefined;
  return {
    index,
    propertyPath: column.propertyPath,
    databaseName: column.databaseName,
    kind: kindOf(driver.normalizeType(column)),
    isKey: column.isPrimary,
    isDeleteDate: column.isDeleteDate,
    isIncrement: column.isGenerated && column.generationStrategy !== 'uuid',
    isInsertable: column.isInsert && !isComputed,
    isUpdatable: column.isUpdate && !isComputed && !column.isVersion && !column.isDiscriminator,
    isUnversioned: isMarkedUnversioned(declaringClasses(metadata, column), column.propertyName),
    isFilledOnInsert: isFilledOnInsert(metadata, column) && !isForeignKeyOnly,
    isFilledOnUpdate:
      column.isSelect && !isForeignKeyOnly && (isComputed || column.onUpdate !== undefined),
    isNullWhenOmitted:
      column.isNullable && column.isSelect && !isForeignKeyOnly && !column.embeddedMetadata,
    onUpdate: column.isUpdateDate ? column.onUpdate : undefined,
    generate: uuidGenerator(dataSource, column),
    constant: column.isDiscriminator ? metadata.discriminatorValue : undefined,
    ...valueAccess(dataSource, column, isForeignKeyOnly),
    readBoth: isForeignKeyOnly ? undefined : bothReader(dataSource, column),
    remember: (entity, write) => rememberProperty(column, entity, write),
  };
}

/** An embedded object is a class of its own: a mark of the entity is not one of its columns. */
function declaringClasses(metadata: EntityMetadata, { embeddedMetadata }: ColumnMetadata) {
  return embeddedMetadata ? [embeddedMetadata.type] : metadata.inheritanceTree;
}

function valueAccess(
  { driver }: DataSource,
  column: ColumnMetadata,
  isForeignKeyOnly: boolean,
): Pick<ColumnModel, 'read' | 'write' | 'copy'> {
  // The database's own type knows no letter case, so a key must not either.
  const isUuid = driver.normalizeType(column) === 'uuid';
  return {
    read: (entity) => {
      const value = foreignKeyValue(column, entity);
      // A transformer could make something of undefined, which means: not loaded.
      const sent: unknown =
        value === undefined ? undefined : driver.preparePersistentValue(value, column);
      return isUuid && typeof sent === 'string' ? sent.toLowerCase() : sent;
    },
    write: (entity, answered) => {
      const value: unknown = driver.prepareHydratedValue(answered, column);
      if (isForeignKeyOnly && column.relationMetadata?.isLazy) writeLazyKey(column, entity, value);
      else column.setEntityValue(entity, value);
      forgetOtherRelation(column, entity);
    },
    copy: (from, to) => {
      // A foreign key without a property of its own comes with the relation.
      if (!isForeignKeyOnly) column.setEntityValue(to, column.getEntityValue(from));
    },
  };
}

/** Where the value of a lazy relation lies, as an object that holds the key alone. */
function writeLazyKey(column: ColumnMetadata, entity: object, value: unknown): void {
  const { relationMetadata: relation, referencedColumn } = column;
  const holder = relation && holderOf(relation, entity);
  if (!holder || !referencedColumn) return;
  const related = {};
  if (value !== null) referencedColumn.setEntityValue(related, value);
  holder[relationProperty(relation)] = value === null ? null : related;
}

/** A related object that the foreign key no longer points to counts as not loaded. */
function forgetOtherRelation(column: ColumnMetadata, entity: object): void {
  const { relationMetadata: relation, referencedColumn } = column;
  if (!relation || !referencedColumn || column.isVirtual) return;
  const related = relationValue(relation, entity);
  if (related === undefined) return;
  const key = related === null ? null : foreignKeyValue(referencedColumn, related);
  const own = holderOf(column, entity)?.[column.propertyName];
  const holder = holderOf(relation, entity);
  if (holder && keyId([key]) !== keyId([own])) delete holder[relationProperty(relation)];
}

/** The relation's word and the property's, either of which the user may have assigned. */
function bothReader({ driver }: DataSource, column: ColumnMetadata): ColumnModel['readBoth'] {
  const { relationMetadata: relation, referencedColumn } = column;
  if (!relation || !referencedColumn || relation.propertyName === column.propertyName)
    return undefined;
  const persistent = (value: unknown) =>
    value === undefined ? undefined : (driver.preparePersistentValue(value, column) as unknown);
  return (entity) => {
    const related = relationValue(relation, entity);
    const isEntity = typeof related === 'object' && related !== null;
    const byRelation = isEntity ? foreignKeyValue(referencedColumn, related) : related;
    return [persistent(byRelation), persistent(holderOf(column, entity)?.[column.propertyName])];
  };
}

const integerTypes =
  /^(?:tinyint|smallint|mediumint|int|integer|bigint|int2|int4|int8|(?:small|big)?serial)$/;
const decimalTypes = /^(?:decimal|numeric|dec|fixed)$/;
const textTypes =
  /^(?:varchar|character varying|char|character|bpchar|nchar|nvarchar|national \w+|citext|(?:tiny|medium|long)?text)$/;

function kindOf(type: string): ColumnKind {
  if (integerTypes.test(type)) return 'integer';
  if (decimalTypes.test(type)) return 'decimal';
  return textTypes.test(type) ? 'text' : 'other';
}

function isFilledOnInsert(metadata: EntityMetadata, column: ColumnMetadata): boolean {
  if (column.isVersion || column.isDiscriminator) return false;
  const isNeeded = column.isSelect || column.isPrimary;
  return (
    isNeeded && column.default !== null && metadata.getInsertionReturningColumns().includes(column)
  );
}

/** TypeORM makes uuids in the client where the database has no generator. */
function uuidGenerator(dataSource: DataSource, column: ColumnMetadata) {
  const isUuid = column.isGenerated && column.generationStrategy === 'uuid';
  return isUuid && !dataSource.driver.isUUIDGenerationSupported() ? randomUUID : undefined;
}

function rememberProperty(column: ColumnMetadata, entity: object, write: () => void): () => void {
  const name = column.propertyName;
  const before = holderOf(column, entity);
  const removeHolder = before ? undefined : firstMissingHolder(column, entity);
  const hadProperty = before !== undefined && Object.hasOwn(before, name);
  const previous = before?.[name];
  write();
  const written = holderOf(column, entity)?.[name];
  return () => {
    const holder = holderOf(column, entity);
    if (!holder || holder[name] !== written) return;
    if (removeHolder) {
      removeHolder();
      return;
    }
    if (hadProperty) holder[name] = previous;
    else delete holder[name];
  };
}

/** Removes the embedded object that a write makes where there is none. */
function firstMissingHolder({ embeddedMetadata }: ColumnMetadata, entity: object): () => void {
  let holder = entity as Record<string, unknown>;
  for (const name of embeddedMetadata?.parentPropertyNames ?? []) {
    const inner = holder[name];
    if (typeof inner !== 'object' || inner === null) return () => delete holder[name];
    holder = inner as Record<string, unknown>;
  }
  return () => undefined;
}
