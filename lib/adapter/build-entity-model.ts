import type { DataSource, EntityMetadata } from 'typeorm';
import { MappingError } from '../errors/mapping-error';
import type { EntityKey } from '../model/entity-key';
import type { ColumnModel, EntityModel, ReferenceModel } from '../model/entity-model';
import { buildCascades } from './build-cascades';
import { buildCollections, type RelatedModels } from './build-collections';
import { buildColumnModel } from './build-column-model';
import { buildUniques } from './build-uniques';
import { guardOfRoot, refuseMisplacedGuards } from './root-guards';
import {
  relationValue,
  settleLazyRelation,
  type ColumnMetadata,
  type RelationMetadata,
} from './typeorm-metadata';

/**
 * Reads TypeORM's metadata of one entity class.
 *
 * @param related The models of other entities, for foreign keys, and of link rows.
 * @throws {MappingError} What is wrong in the mapping and how it should read.
 */
export function buildEntityModel(
  dataSource: DataSource,
  metadata: EntityMetadata,
  related: RelatedModels,
): EntityModel {
  const { modelOf } = related;
  refuseMisplacedGuards(metadata);
  const mapped = metadata.columns.filter((column) => !column.isVirtualProperty);
  const columns = mapped.map((c, i) => Object.freeze(buildColumnModel(dataSource, metadata, c, i)));
  const byMetadata = new Map(mapped.map((column, i) => [column, columns[i] as ColumnModel]));
  // As TypeORM itself reads it: the dots of @Entity('schema.table') part the path.
  const tablePath = metadata.tablePath.split('.');
  return Object.freeze({
    entityName: metadata.name,
    tablePath,
    tableName: tablePath.join('.'),
    identity: `${metadata.tablePath} ${topOf(metadata).name}`,
    columns,
    key: columns.filter((column) => column.isKey),
    version: findVersion(metadata, byMetadata),
    tokens: columns.filter((column) => column.isToken),
    references: metadata.relationsWithJoinColumns.map((r) =>
      buildReference(metadata, r, byMetadata, modelOf),
    ),
    uniques: buildUniques(metadata, byMetadata),
    collections: buildCollections(metadata, related),
    cascades: buildCascades(metadata, modelOf),
    isLink: false,
    readOnlyReason: readOnlyReason(metadata),
    blank: (key: EntityKey) => blank(metadata, key),
  });
}

function topOf(metadata: EntityMetadata): EntityMetadata {
  return metadata.tableType === 'entity-child' ? topOf(metadata.parentEntityMetadata) : metadata;
}

type ColumnsByMetadata = ReadonlyMap<ColumnMetadata, ColumnModel>;

function findVersion(
  metadata: EntityMetadata,
  columns: ColumnsByMetadata,
): ColumnModel | undefined {
  const versions = metadata.columns.filter((column) => column.isVersion);
  const [version, second] = versions;
  if (second) {
    throw new MappingError(
      `${metadata.name} has ${versions.length} version columns, ` +
        `${versions.map((column) => column.propertyPath).join(' and ')}: keep @RowVersion and remove the other`,
    );
  }
  return version && columns.get(version);
}

/** An instance whose constructor did not run: it holds the key and nothing else. */
function blank({ target, primaryColumns }: EntityMetadata, key: EntityKey): object {
  const entity = typeof target === 'function' ? (Object.create(target.prototype) as object) : {};
  primaryColumns.forEach((column, i) => column.setEntityValue(entity, key[i]));
  return entity;
}

function buildReference(
  metadata: EntityMetadata,
  relation: RelationMetadata,
  columns: ColumnsByMetadata,
  modelOf: (metadata: EntityMetadata) => EntityModel,
): ReferenceModel {
  return {
    propertyPath: relation.propertyPath,
    columns: relation.joinColumns.flatMap((column) => columns.get(column) ?? []),
    target: () => modelOf(relation.inverseEntityMetadata),
    referencedNames: relation.joinColumns.map(({ referencedColumn, databaseName }) => {
      return referencedColumn?.databaseName ?? databaseName;
    }),
    guard: guardOfRoot(metadata, relation),
    isNullable: relation.isNullable,
    related: (entity) => {
      const value = relationValue(relation, entity);
      return typeof value === 'object' && value !== null ? value : undefined;
    },
    settle: relation.isLazy ? (entity) => settleLazyRelation(relation, entity) : undefined,
  };
}

function readOnlyReason(metadata: EntityMetadata): string | undefined {
  if (metadata.tableType === 'view') return 'it is a view';
  if (metadata.treeType !== undefined) {
    return (
      'it is a tree entity, whose other rows a change moves too: write it with TypeORM’s tree repository ' +
      'in a transaction of its own, in outsideUnitOfWork()'
    );
  }
  return metadata.primaryColumns.length === 0 ? 'it has no primary key' : undefined;
}
