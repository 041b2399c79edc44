import type { EntityManager, ObjectLiteral } from 'typeorm';
import { MappingError } from '../errors/mapping-error';
import { UsageError } from '../errors/usage-error';
import type { EntityModel, ReferenceModel } from '../model/entity-model';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { IdentityMap } from '../tracking/identity-map';
import type { EntityModels } from './entity-models';
import { rememberRoot } from './track-graph';
import { holderOf, relationProperty, type RelationMetadata } from './typeorm-metadata';

/** The relation from a root to its parts, and the one back that tells which root a part is of. */
export class PartRelation {
  readonly name: string;
  readonly parts: EntityModel;
  /** The foreign key of the parts. */
  readonly reference: ReferenceModel;
  readonly #relation: RelationMetadata;
  readonly #inverse: RelationMetadata;

  /**
   * @throws {UsageError} The entity has no such relation to parts.
   * @throws {MappingError} The root's row version does not guard them.
   */
  constructor(models: EntityModels, { model }: TrackedEntity, name: string) {
    const relation = models
      .metadataOf(model)
      .relations.find(({ propertyPath }) => propertyPath === name);
    const inverse = relation?.inverseRelation;
    if (!relation || !inverse || inverse.joinColumns.length === 0 || relation.isManyToMany) {
      throw new UsageError(
        `${model.entityName}.${name} is no relation to parts: replaceParts() takes a @OneToMany, or a ` +
          '@OneToOne, whose other side has the foreign key',
      );
    }
    this.name = name;
    this.parts = models.of(relation.inverseEntityMetadata);
    const reference = this.parts.references.find((r) => r.propertyPath === inverse.propertyPath);
    if (!reference?.guard) {
      throw new MappingError(
        `${this.parts.entityName}.${inverse.propertyPath} must be decorated with @PartOf(): else the ` +
          `row version of ${model.entityName} does not guard the set that replaceParts() replaces`,
      );
    }
    this.reference = reference;
    this.#relation = relation;
    this.#inverse = inverse;
  }

  /** Reads the parts that the root has in the database, whatever is loaded of them. */
  async load(manager: EntityManager, map: IdentityMap, root: TrackedEntity): Promise<object[]> {
    const query = manager.createQueryBuilder<ObjectLiteral>(
      this.#inverse.entityMetadata.target,
      'part',
    );
    this.#inverse.joinColumns.forEach(({ referencedColumn }, i) => {
      const path = `part.${this.#inverse.propertyPath}.${referencedColumn?.propertyPath}`;
      query.andWhere(`${path} = :root${i}`, {
        [`root${i}`]: referencedColumn?.getEntityValue(root.entity),
      });
    });
    const parts = await query.getMany();
    rememberRoot(map, this.#relation, root, parts);
    return parts;
  }

  /** A new part that points to the root, of the class of `like` where that is one of parts too. */
  create(manager: EntityManager, root: object, like: object): object {
    const { target } = this.#inverse.entityMetadata;
    const isPart = typeof target === 'function' && like instanceof target;
    const part = manager.create(isPart ? like.constructor : target) as Record<string, unknown>;
    (holderOf(this.#inverse, part) ?? part)[relationProperty(this.#inverse)] = root;
    return part;
  }

  /** Puts the members into the root's property; returns what puts the old ones back. */
  assign(root: object, members: readonly object[]): () => void {
    const { isOneToMany, isLazy, propertyName } = this.#relation;
    const holder = holderOf(this.#relation, root);
    if (!holder) return () => undefined;
    const property = relationProperty(this.#relation);
    const wasSet = Object.hasOwn(holder, property);
    const before = holder[property];
    const value = isOneToMany ? [...members] : (members[0] ?? null);
    holder[property] = value;
    if (isLazy) holder[`__has_${propertyName}__`] = true;
    return () => {
      if (holder[property] !== value) return;
      if (wasSet) holder[property] = before;
      else delete holder[property];
    };
  }
}
