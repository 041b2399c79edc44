import type { EntityMetadata } from 'typeorm';
import { keyId } from '../model/entity-key';
import type { CollectionModel } from '../model/entity-model';
import { foreignKeyValue, relationValue, type RelationMetadata } from './typeorm-metadata';

/** The relations of an entity whose rows lie in other tables. */
export function buildCollections(metadata: EntityMetadata): CollectionModel[] {
  const stored = metadata.relations.filter(
    (relation) => relation.isManyToMany || relation.isOneToMany || relation.isOneToOneNotOwner,
  );
  return stored.map((relation) => ({
    propertyPath: relation.propertyPath,
    members: (entity) => membersOf(relation, entity),
    pointsTo: relation.inverseRelation?.joinColumns.length
      ? (member, entity) => pointsTo(relation, member, entity)
      : undefined,
  }));
}

function membersOf(relation: RelationMetadata, entity: object): readonly object[] | undefined {
  const value = relationValue(relation, entity);
  if (value === undefined) return undefined;
  const members: unknown[] = Array.isArray(value) ? value : [value];
  return members.filter((member) => typeof member === 'object' && member !== null);
}

/** By the object it holds, or by the values of its foreign key. */
function pointsTo(
  { inverseRelation }: RelationMetadata,
  member: object,
  entity: object,
): boolean | undefined {
  if (!inverseRelation) return undefined;
  if (relationValue(inverseRelation, member) === entity) return true;
  const { joinColumns } = inverseRelation;
  const held = joinColumns.map((column) => foreignKeyValue(column, member));
  if (held.every((value) => value === undefined)) return undefined;
  const wanted = joinColumns.map(({ referencedColumn }): unknown =>
    referencedColumn?.getEntityValue(entity),
  );
  return keyId(held) === keyId(wanted) && !held.includes(null);
}
