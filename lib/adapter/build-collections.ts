import type { EntityMetadata } from 'typeorm';
import { keyId } from '../model/entity-key';
import type { CollectionModel, EntityModel, Lent, MemberKey } from '../model/entity-model';
import { makeHolder } from './make-holder';
import {
  foreignKeyValue,
  relationProperty,
  relationValue,
  settleLazyRelation,
  type RelationMetadata,
} from './typeorm-metadata';

/** Where the models of others are found. */
export interface RelatedModels {
  modelOf(metadata: EntityMetadata): EntityModel;
  linksOf(relation: RelationMetadata): EntityModel;
}

/** The relations of an entity whose rows lie in other tables. */
export function buildCollections(
  metadata: EntityMetadata,
  { modelOf, linksOf }: RelatedModels,
): CollectionModel[] {
  const stored = metadata.relations.filter(
    (relation) =>
      (relation.isManyToMany || relation.isOneToMany || relation.isOneToOneNotOwner) &&
      relation.persistenceEnabled,
  );
  return stored.map((relation) => ({
    propertyPath: relation.propertyPath,
    isSingle: relation.isOneToOneNotOwner,
    members: (entity) => membersOf(relation, entity),
    foreignKey: memberKey(relation, modelOf),
    links: relation.isManyToMany
      ? {
          model: () => linksOf(relation),
          side: relation.isOwning ? 'owner' : 'inverse',
          isDeletedWith: isDeletedWith(relation),
          link: (entity, member) => link(relation, entity, member),
        }
      : undefined,
    settle: relation.isLazy ? (entity) => settleLazyRelation(relation, entity) : undefined,
  }));
}

/** What stands for a link row: the entity that has the table among its relations, and the other. */
export interface LinkEntity {
  readonly owner: object;
  readonly inverse: object;
}

/** With TypeORM 0.3 the side that does not own the relation has no ON DELETE CASCADE. */
function isDeletedWith({ junctionEntityMetadata: junction, isOwning }: RelationMetadata): boolean {
  const columns = isOwning ? junction?.ownerColumns : junction?.inverseColumns;
  const own =
    junction?.foreignKeys.filter((key) => columns?.includes(key.columns[0] as never)) ?? [];
  return own.length > 0 && own.every(({ onDelete }) => onDelete === 'CASCADE');
}

function link({ isOwning }: RelationMetadata, entity: object, member: object): LinkEntity {
  return isOwning ? { owner: entity, inverse: member } : { owner: member, inverse: entity };
}

function membersOf(relation: RelationMetadata, entity: object): readonly object[] | undefined {
  const value = relationValue(relation, entity);
  if (value === undefined) return undefined;
  const members: unknown[] = Array.isArray(value) ? value : [value];
  return members.filter((member) => typeof member === 'object' && member !== null);
}

function memberKey(
  relation: RelationMetadata,
  modelOf: RelatedModels['modelOf'],
): MemberKey | undefined {
  const { inverseRelation: inverse } = relation;
  if (!inverse || relation.isManyToMany || inverse.joinColumns.length === 0) return undefined;
  return {
    propertyPath: inverse.propertyPath,
    holder: () => modelOf(relation.inverseEntityMetadata),
    orphans: orphansOf(relation, inverse),
    pointsTo: (member, entity) => pointsTo(inverse, member, entity),
    point: (member, to) => point(inverse, member, to),
  };
}

/** As TypeORM 1.x has it: who must have a parent does not live on without one. */
function orphansOf(
  { isOneToOne }: RelationMetadata,
  inverse: RelationMetadata,
): MemberKey['orphans'] {
  const isNullable = inverse.joinColumns.every((column) => column.isNullable);
  const action = isOneToOne ? 'nullify' : (inverse.orphanedRowAction ?? 'nullify');
  if (action === 'disable') return 'keep';
  if (action !== 'nullify' || isNullable) return action;
  return isOneToOne ? 'refuse' : 'delete';
}

/** By the object it holds, or by the values of its foreign key. */
function pointsTo(inverse: RelationMetadata, member: object, entity: object): boolean | undefined {
  if (relationValue(inverse, member) === entity) return true;
  const { joinColumns } = inverse;
  const held = joinColumns.map((column) => foreignKeyValue(column, member));
  if (held.every((value) => value === undefined)) return undefined;
  const wanted = joinColumns.map(({ referencedColumn }): unknown =>
    referencedColumn?.getEntityValue(entity),
  );
  return keyId(held) === keyId(wanted) && !held.includes(null);
}

/** TypeORM leaves the other side as it is; a circle that nobody made would keep it from being sent as JSON. */
function point(inverse: RelationMetadata, member: object, to: object | null): Lent {
  const { holder, unmake } = makeHolder(inverse, member);
  const property = relationProperty(inverse);
  const wasLoaded = holder[property] !== undefined;
  const before = holder[property];
  holder[property] = to;
  const restore = () => {
    if (holder[property] !== to) return;
    if (wasLoaded) holder[property] = before;
    else delete holder[property];
  };
  const takeBack = () => {
    restore();
    unmake();
  };
  return { takeBack, giveBack: wasLoaded ? undefined : restore };
}
