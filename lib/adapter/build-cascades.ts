import type { EntityMetadata } from 'typeorm';
import type { CascadeKind, CascadeModel, EntityModel } from '../model/entity-model';
import { relationValue, type RelationMetadata } from './typeorm-metadata';

/** The relations along which what is done to an entity is done to others. */
export function buildCascades(
  metadata: EntityMetadata,
  modelOf: (metadata: EntityMetadata) => EntityModel,
): CascadeModel[] {
  return metadata.relations.flatMap((relation) => {
    const kinds = kindsOf(relation);
    if (kinds.size === 0) return [];
    return [
      {
        propertyPath: relation.propertyPath,
        kinds,
        related: (entity) => relatedTo(relation, entity),
        modelOf: (related) =>
          modelOf(relation.inverseEntityMetadata.findInheritanceMetadata(related)),
      },
    ];
  });
}

/** Loaded entities are written when they are changed, whether or not updates are cascaded. */
function kindsOf(relation: RelationMetadata): ReadonlySet<CascadeKind> {
  const kinds = new Set<CascadeKind>();
  if (relation.isCascadeInsert) kinds.add('insert');
  if (relation.isCascadeRemove) kinds.add('remove');
  if (relation.isCascadeSoftRemove) kinds.add('soft-remove');
  if (relation.isCascadeRecover) kinds.add('recover');
  return kinds;
}

function relatedTo(relation: RelationMetadata, entity: object): readonly object[] {
  const value = relationValue(relation, entity);
  const related: unknown[] = Array.isArray(value) ? value : [value];
  return related.filter(
    (one): one is object => typeof one === 'object' && one !== null && !(one instanceof Promise),
  );
}
