import type { DataSource, EntityMetadata } from 'typeorm';
import { UsageError } from '../errors/usage-error';
import type { EntityModel } from '../model/entity-model';
import { isPlain } from '../support/is-plain';
import { buildEntityModel } from './build-entity-model';
import { buildLinkModel } from './build-link-model';
import {
  holderOf,
  relationProperty,
  relationValue,
  type RelationMetadata,
} from './typeorm-metadata';

/** The models of a data source's entities, each built when it is first needed. */
export class EntityModels {
  readonly #dataSource: DataSource;
  readonly #models = new Map<EntityMetadata, EntityModel>();
  readonly #metadata = new Map<EntityModel, EntityMetadata>();

  constructor(dataSource: DataSource) {
    this.#dataSource = dataSource;
  }

  /** @throws {MappingError} The entity is not mapped as a unit of work needs it. */
  of(metadata: EntityMetadata): EntityModel {
    let model = this.#models.get(metadata);
    if (!model) {
      model = buildEntityModel(this.#dataSource, metadata, {
        modelOf: (target) => this.of(target),
        linksOf: (relation) => this.#linksOf(relation),
      });
      this.#models.set(metadata, model);
      this.#metadata.set(model, metadata);
    }
    return model;
  }

  #linksOf({ junctionEntityMetadata: junction }: RelationMetadata): EntityModel {
    if (!junction) throw new TypeError('a many-to-many without the metadata of its table');
    let model = this.#models.get(junction);
    if (!model) {
      model = buildLinkModel(this.#dataSource, junction, (target) => this.of(target));
      this.#models.set(junction, model);
      this.#metadata.set(model, junction);
    }
    return model;
  }

  /** The metadata that a model was built of. */
  metadataOf(model: EntityModel): EntityMetadata {
    const metadata = this.#metadata.get(model);
    if (!metadata)
      throw new TypeError(`the model of ${model.entityName} is of another data source`);
    return metadata;
  }

  /** An entity as it is, or one made of a plain object. */
  instanceOf(model: EntityModel, value: unknown): object {
    const { target, name } = this.metadataOf(model);
    if (typeof target === 'function' && value instanceof target) return value;
    if (typeof value === 'object' && value !== null && isPlain(value))
      return this.#make(model, value);
    throw new UsageError(`a ${name} is needed here, or a plain object with its values`);
  }

  /** TypeORM copies related objects; they are tracked, so they must stay who they are. */
  #make(model: EntityModel, values: object): object {
    const { target, relations } = this.metadataOf(model);
    const entity = this.#dataSource.manager.create(target, values) as object;
    for (const relation of relations) {
      const holder = holderOf(relation, entity);
      const related = relationValue(relation, values);
      if (holder && related !== undefined) holder[relationProperty(relation)] = related;
    }
    return entity;
  }

  /** @throws {UsageError} The object is no instance of an entity class of this data source. */
  ofInstance(entity: object): EntityModel {
    // An own property named constructor, from a client's JSON, must not choose the class.
    const prototype = Object.getPrototypeOf(entity) as { constructor?: unknown } | null;
    const target = prototype?.constructor;
    if (typeof target === 'function' && this.#dataSource.hasMetadata(target)) {
      return this.of(this.#dataSource.getMetadata(target));
    }
    if (isPlain(entity) || typeof target !== 'function') {
      throw new UsageError(
        'an object of no class does not say which entity it is: make it with uow.manager.create(Entity, ' +
          'values), or hand it to uow.manager.save(Entity, values)',
      );
    }
    throw new UsageError(`${target.name} is no entity of this data source`);
  }
}
