import { randomUUID } from 'node:crypto';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnKind, ColumnModel } from '../model/entity-model';
import { isMarkedUnversioned } from './marks';
import { foreignKeyValue, holderOf, type ColumnMetadata } from './typeorm-metadata';

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
    isIncrement: column.isGenerated && column.generationStrategy !== 'uuid',
    isInsertable: column.isInsert && !isComputed,
    isUpdatable: column.isUpdate && !isComputed && !column.isVersion && !column.isDiscriminator,
    isUnversioned: isMarkedUnversioned(metadata.inheritanceTree, column.propertyName),
    isFilledOnInsert: isFilledOnInsert(metadata, column) && !isForeignKeyOnly,
    isFilledOnUpdate:
      column.isSelect && !isForeignKeyOnly && (isComputed || column.onUpdate !== undefined),
    isNullWhenOmitted:
      column.isNullable && column.isSelect && !isForeignKeyOnly && !column.embeddedMetadata,
    onUpdate: column.isUpdateDate ? column.onUpdate : undefined,
    generate: uuidGenerator(dataSource, column),
    constant: column.isDiscriminator ? metadata.discriminatorValue : undefined,
    ...valueAccess(dataSource, column, isForeignKeyOnly),
    remember: (entity, write) => rememberProperty(column, entity, write),
  };
}

function valueAccess(
  { driver }: DataSource,
  column: ColumnMetadata,
  isForeignKeyOnly: boolean,
): Pick<ColumnModel, 'read' | 'write' | 'copy'> {
  return {
    read: (entity) => {
      const value = foreignKeyValue(column, entity);
      // A transformer could make something of undefined, which means: not loaded.
      return value === undefined ? undefined : driver.preparePersistentValue(value, column);
    },
    write: (entity, answered) => {
      column.setEntityValue(entity, driver.prepareHydratedValue(answered, column));
    },
    copy: (from, to) => {
      // A foreign key without a property of its own comes with the relation.
      if (!isForeignKeyOnly) column.setEntityValue(to, column.getEntityValue(from));
    },
  };
}

const integerTypes =
  /^(?:tinyint|smallint|mediumint|int|integer|bigint|int2|int4|int8|(?:small|big)?serial)$/;
const textTypes =
  /^(?:varchar|character varying|char|character|bpchar|nchar|nvarchar|national \w+|citext|(?:tiny|medium|long)?text)$/;

function kindOf(type: string): ColumnKind {
  if (integerTypes.test(type)) return 'integer';
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
  const hadProperty = before !== undefined && Object.hasOwn(before, name);
  const previous = before?.[name];
  write();
  const written = holderOf(column, entity)?.[name];
  return () => {
    const holder = holderOf(column, entity);
    if (!holder || holder[name] !== written) return;
    if (hadProperty) holder[name] = previous;
    else delete holder[name];
  };
}
