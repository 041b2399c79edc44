import type { EntityMetadata } from 'typeorm';
import { MappingError } from '../errors/mapping-error';
import type { RootGuard } from '../model/entity-model';
import { guardOf, partProperties } from './marks';
import type { RelationMetadata } from './typeorm-metadata';

/**
 * How a relation guards the root it points to; `undefined`: it points to none.
 *
 * @throws {MappingError} The root has nothing to guard with.
 */
export function guardOfRoot(
  metadata: EntityMetadata,
  relation: RelationMetadata,
): RootGuard | undefined {
  const guard = markOf(metadata, relation);
  if (!guard) return undefined;
  const root = relation.inverseEntityMetadata;
  const place = `@PartOf on ${metadata.name}.${relation.propertyPath}`;
  const isGuarded =
    root.columns.some((column) => column.isVersion) || root.relations.some((r) => markOf(root, r));
  if (!isGuarded) {
    throw new MappingError(
      `${place}: ${root.name} has no row version to guard its parts: decorate it with @RowVersion`,
    );
  }
  const isByKey =
    relation.joinColumns.length === root.primaryColumns.length &&
    relation.joinColumns.every(({ referencedColumn }) => referencedColumn?.isPrimary);
  if (!isByKey) {
    throw new MappingError(
      `${place}: the foreign key must refer to the primary key of ${root.name}`,
    );
  }
  return guard;
}

/** @throws {MappingError} `@PartOf` stands where no foreign key is. */
export function refuseMisplacedGuards(metadata: EntityMetadata): void {
  const owned = new Set(metadata.relationsWithJoinColumns.map((r) => r.propertyName));
  const marked = metadata.inheritanceTree.flatMap(partProperties);
  const misplaced = marked.find((name) => !owned.has(name));
  if (misplaced === undefined) return;
  throw new MappingError(
    `@PartOf on ${metadata.name}.${misplaced} must stand beside a @ManyToOne, or the @OneToOne that ` +
      'has the @JoinColumn: the foreign key tells the root',
  );
}

function markOf(metadata: EntityMetadata, { propertyName, embeddedMetadata }: RelationMetadata) {
  const holders = embeddedMetadata ? [embeddedMetadata.type] : metadata.inheritanceTree;
  return guardOf(holders, propertyName);
}
