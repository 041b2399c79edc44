import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnModel, EntityModel, ReferenceModel } from '../model/entity-model';
import { buildColumnModel } from './build-column-model';
import type { LinkEntity } from './build-collections';
import type { ColumnMetadata } from './typeorm-metadata';

type Side = keyof LinkEntity;

/**
 * The rows of a many-to-many: nothing but two keys, which are those of the entities they link.
 *
 * @param junction The metadata of their table.
 */
export function buildLinkModel(
  dataSource: DataSource,
  junction: EntityMetadata,
  modelOf: (metadata: EntityMetadata) => EntityModel,
): EntityModel {
  const sides = [
    ...junction.ownerColumns.map((column) => ['owner', column] as const),
    ...junction.inverseColumns.map((column) => ['inverse', column] as const),
  ];
  const columns = sides.map(([side, column], index) =>
    Object.freeze(buildLinkColumn(dataSource, junction, side, column, index, modelOf)),
  );
  const [owner, inverse] = (['owner', 'inverse'] as const).map((side) =>
    buildReference(side, sides, columns, modelOf),
  );
  const primaryKey = { name: 'primary key', columns, isPartial: false, watched: columns };
  return Object.freeze({
    entityName: junction.tableName,
    tablePath: junction.tablePath.split('.'),
    tableName: junction.tablePath,
    identity: `${junction.tablePath} link`,
    columns,
    key: columns,
    version: undefined,
    tokens: [],
    references: [owner, inverse].filter((reference) => reference !== undefined),
    uniques: [{ ...primaryKey, includes: () => true }],
    collections: [],
    cascades: [],
    isLink: true,
    readOnlyReason: undefined,
    blank: () => ({}),
  });
}

/** A column of a link row has no property of its own: it is the key of one of the two. */
function buildLinkColumn(
  dataSource: DataSource,
  junction: EntityMetadata,
  side: Side,
  column: ColumnMetadata,
  index: number,
  modelOf: (metadata: EntityMetadata) => EntityModel,
): ColumnModel {
  let referenced: ColumnModel | undefined;
  const find = () => (referenced ??= findReferenced(column, modelOf));
  return {
    ...buildColumnModel(dataSource, junction, column, index),
    propertyPath: column.databaseName,
    isKey: true,
    isInsertable: true,
    readBoth: undefined,
    read: (entity) => find()?.read((entity as LinkEntity)[side]),
    write: () => undefined,
    copy: () => undefined,
    remember: (_entity, write) => {
      write();
      return () => undefined;
    },
  };
}

function findReferenced(
  { referencedColumn }: ColumnMetadata,
  modelOf: (metadata: EntityMetadata) => EntityModel,
): ColumnModel | undefined {
  if (!referencedColumn) return undefined;
  return modelOf(referencedColumn.entityMetadata).columns.find(
    ({ databaseName }) => databaseName === referencedColumn.databaseName,
  );
}

function buildReference(
  side: Side,
  sides: readonly (readonly [Side, ColumnMetadata])[],
  columns: readonly ColumnModel[],
  modelOf: (metadata: EntityMetadata) => EntityModel,
): ReferenceModel | undefined {
  const own = sides.flatMap(([of, column], i) =>
    of === side ? [[column, columns[i]] as const] : [],
  );
  const [first] = own;
  const target = first?.[0].referencedColumn?.entityMetadata;
  if (!target) return undefined;
  return {
    propertyPath: side,
    columns: own.flatMap(([, column]) => column ?? []),
    target: () => modelOf(target),
    referencedNames: own.map(([column]) => column.referencedColumn?.databaseName ?? ''),
    guard: undefined,
    isNullable: false,
    related: (entity) => (entity as LinkEntity)[side],
    settle: undefined,
  };
}
