import { randomUUID } from 'node:crypto';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnModel } from '../model/entity-model';
import { isNumericType, kindOf } from './column-kind';
import { MappingError } from '../errors/mapping-error';
import { isMarkedToken, isMarkedUnversioned } from './marks';
import type { ColumnMetadata } from './typeorm-metadata';
import { valueAccess } from './value-access';
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
    isAddable: isAddable(column, driver.normalizeType(column)),
    isKey: column.isPrimary,
    isDeleteDate: column.isDeleteDate,
    isIncrement: column.isGenerated && column.generationStrategy !== 'uuid',
    isInsertable: column.isInsert && !isComputed,
    isUpdatable: column.isUpdate && !isComputed && !column.isVersion && !column.isDiscriminator,
    isUnversioned: isMarkedUnversioned(declaringClasses(metadata, column), column.propertyName),
    isToken: isToken(dataSource, metadata, column),
    isFilledOnInsert: isFilledOnInsert(metadata, column) && !isForeignKeyOnly,
    isFilledOnUpdate:
      column.isSelect && !isForeignKeyOnly && (isComputed || column.onUpdate !== undefined),
    isNullWhenOmitted:
      column.isNullable && column.isSelect && !isForeignKeyOnly && !column.embeddedMetadata,
    onUpdate: column.isUpdateDate ? column.onUpdate : undefined,
    generate: uuidGenerator(dataSource, column),
    constant: column.isDiscriminator ? metadata.discriminatorValue : undefined,
    ...valueAccess(dataSource, column),
  };
}

/** @throws {MappingError} Its value in an entity is not the one that is stored. */
function isToken(
  { driver }: DataSource,
  metadata: EntityMetadata,
  column: ColumnMetadata,
): boolean {
  if (!isMarkedToken(declaringClasses(metadata, column), column.propertyName)) return false;
  const refuse = (why: string) => {
    throw new MappingError(`@ConcurrencyToken ${metadata.name}.${column.propertyPath} ${why}`);
  };
  if (!column.isSelect)
    refuse('is not selected, so there is no value to compare: leave out select: false');
  const isTime = /time/.test(driver.normalizeType(column));
  const { precision = driver.options.type === 'postgres' ? 6 : 0 } = column;
  // https://tc39.es/ecma262/#sec-time-values-and-time-range: whole milliseconds.
  if (isTime && Number(precision) > 3) {
    refuse('is more precise than a Date: give its column precision: 3, or use @RowVersion');
  }
  return true;
}

/** What a transformer makes of a value the database cannot add to; a truth value is a small integer to some. */
function isAddable({ type, transformer, isArray }: ColumnMetadata, normalized: string): boolean {
  const isTruth = type === Boolean || type === 'boolean' || type === 'bool';
  return isNumericType(normalized) && !isTruth && !isArray && transformer === undefined;
}

/** An embedded object is a class of its own: a mark of the entity is not one of its columns. */
function declaringClasses(metadata: EntityMetadata, { embeddedMetadata }: ColumnMetadata) {
  return embeddedMetadata ? [embeddedMetadata.type] : metadata.inheritanceTree;
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
