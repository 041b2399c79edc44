import type { EntityManager, EntityMetadata, ObjectLiteral } from 'typeorm';
import { copyInto } from '../adapter/copy-values';
import type { EntityModels } from '../adapter/entity-models';
import { UsageError } from '../errors/usage-error';
import { conflictError } from '../flush/conflicts';
import type { FlushContext } from '../flush/flush-context';
import { keyId, type EntityKey } from '../model/entity-key';
import { keyOf, type CascadeKind, type EntityModel } from '../model/entity-model';
import { isRowVersion } from '../model/row-version';
import { chunk } from '../support/chunk';
import { isPlain } from '../support/is-plain';
import { leaveOut, takeIn } from '../tracking/add-cascaded';
import { conflictOn } from '../tracking/conflict-on';
import { trackedEntity, type TrackedEntity } from '../tracking/tracked-entity';
import { refuseReadOnly, refuseUnwritable } from '../write-set/collect-changes';
import type { EntityTracking } from './entity-tracking';

/** An object that was handed over to be written, and what stands for its row in the unit. */
export interface Placed {
  readonly given: object;
  readonly tracked: TrackedEntity;
}

interface GivenContext {
  readonly manager: EntityManager;
  readonly models: EntityModels;
  readonly tracking: EntityTracking;
  readonly flushContext: FlushContext;
}

// As many keys as one statement reads: fewer than any database takes.
const keysAtOnce = 1_000;

/** Finds out what objects stand for that are handed to `save()` and its like. */
export class GivenEntities {
  readonly #context: GivenContext;

  constructor(context: GivenContext) {
    this.#context = context;
  }

  /** Reads the rows of objects that name one and do not say what they were loaded as. */
  async load(metadata: EntityMetadata | undefined, entities: readonly object[]): Promise<void> {
    const { flushContext, models } = this.#context;
    const missing = new Map<EntityModel, object[]>();
    for (const entity of entities) {
      const model = this.#modelOf(metadata, entity);
      const key = keyOf(model, entity);
      const isKnown = flushContext.map.get(entity) ?? (key && flushContext.map.at(model, key));
      if (!key || isKnown || this.#canBeAttached(model, entity)) continue;
      missing.set(model, [...(missing.get(model) ?? []), entity]);
    }
    for (const [model, group] of missing) {
      const { target, getEntityIdMap } = models.metadataOf(model);
      for (const part of chunk(group, { items: keysAtOnce })) {
        const keys = part.map((entity) => getEntityIdMap.call(models.metadataOf(model), entity));
        await this.#read(target, keys as ObjectLiteral[]);
      }
    }
  }

  /** What an object stands for that is to be saved: a row to be changed, or a new one. */
  place(metadata: EntityMetadata | undefined, given: object): Placed {
    const { flushContext, tracking } = this.#context;
    const known = flushContext.map.get(given);
    if (known) {
      // Nothing of it would be written, and nobody would notice.
      refuseReadOnly(known);
      takeIn(known);
      return { given, tracked: refuseRemoved(known) };
    }
    const model = this.#modelOf(metadata, given);
    const key = keyOf(model, given);
    if (!key) return { given, tracked: this.#addNew(model, given) };
    const row = flushContext.map.at(model, key);
    if (row) return this.#mergeInto(refuseRemoved(row), given);
    if (this.#canBeAttached(model, given)) {
      tracking.attach(given);
      return { given, tracked: tracking.trackedOrFail(given) };
    }
    if (isRowVersion(model.version?.read(given))) throw this.#gone(model, key, given);
    return { given, tracked: this.#addNew(model, given) };
  }

  /** What an object stands for that is to be removed. */
  placeExisting(metadata: EntityMetadata | undefined, given: object): Placed {
    const { flushContext } = this.#context;
    const model = this.#modelOf(metadata, given);
    const key = keyOf(model, given);
    const row = flushContext.map.get(given) ?? (key && flushContext.map.at(model, key));
    if (row) return this.compareVersion(row, given);
    if (!key) throw new UsageError(`a ${model.entityName} without its key cannot be removed`);
    if (this.#canBeAttached(model, given)) {
      const placed = this.place(metadata, given);
      // What is removed says nothing of what it is related to.
      leaveOut(placed.tracked);
      return placed;
    }
    throw this.#gone(model, key, given);
  }

  /** @throws {ConcurrencyError} The object was loaded as another version than the unit has read. */
  compareVersion(row: TrackedEntity, given: object): Placed {
    const { model, version, entity } = row;
    const known: unknown = entity === given ? undefined : model.version?.read(given);
    if (isRowVersion(known) && known !== version) {
      const conflict = conflictOn(row, 'expect-version', { expected: known, actual: version });
      throw conflictError([{ conflict, tracked: { ...row, isReplayable: false } }]);
    }
    return { given, tracked: row };
  }

  /** A new row, and nothing that it is related to; the object is tracked as it is. */
  add(metadata: EntityMetadata, given: object): TrackedEntity {
    const model = this.#modelOf(metadata, given);
    for (const column of model.columns) {
      if (typeof column.read(given) !== 'function') continue;
      throw new UsageError(
        `${model.entityName}.${column.propertyPath} is given as SQL: insert it with createQueryBuilder().insert()`,
      );
    }
    const tracked = this.#addNew(model, given);
    leaveOut(tracked);
    return tracked;
  }

  /** With what was loaded elsewhere and a cascade leads to: the unit cannot know that. */
  reached(
    metadata: EntityMetadata | undefined,
    entities: readonly object[],
    kind: CascadeKind,
  ): Map<object, EntityMetadata | undefined> {
    const { flushContext, models } = this.#context;
    const reached = new Map(entities.map((entity) => [entity, metadata] as const));
    // A map is walked through to what is added on the way.
    for (const [entity, own] of reached) {
      for (const cascade of this.#modelOf(own, entity).cascades) {
        if (!cascade.kinds.has(kind)) continue;
        for (const related of cascade.related(entity)) {
          const model = cascade.modelOf(related);
          const isStored = flushContext.map.get(related) ?? keyOf(model, related);
          if (isStored && !reached.has(related)) reached.set(related, models.metadataOf(model));
        }
      }
    }
    return reached;
  }

  /** Tells the object what the database has made of it. */
  answer(given: object, tracked: TrackedEntity, key?: 'with key'): void {
    this.letGo(tracked);
    const { model, entity } = tracked;
    if (given === entity) return;
    const told = model.columns.filter(
      (column) =>
        column === model.version ||
        column.isFilledOnUpdate ||
        column.isDeleteDate ||
        (key !== undefined && (column.isKey || column.isFilledOnInsert)),
    );
    for (const column of told) {
      const { undo } = this.#context.flushContext;
      undo.push(column.remember(given, () => column.copy(entity, given)));
    }
  }

  /** What has no class is no entity: whoever reads the row gets one. */
  letGo(tracked: TrackedEntity): void {
    if (!isPlain(tracked.entity)) return;
    this.#context.flushContext.map.disown(tracked);
  }

  /** As TypeORM does with what it has removed. */
  clearKey(given: object, { model }: TrackedEntity): void {
    for (const column of model.key) {
      const clear = () => column.copy({}, given);
      this.#context.flushContext.undo.push(column.remember(given, clear));
    }
  }

  #addNew(model: EntityModel, given: object): TrackedEntity {
    const { tracking, flushContext } = this.#context;
    if (isPlain(given)) {
      const tracked = trackedEntity(model, given);
      flushContext.map.add(tracked);
      return tracked;
    }
    tracking.add([given]);
    return tracking.trackedOrFail(given);
  }

  #mergeInto(row: TrackedEntity, given: object): Placed {
    const placed = this.compareVersion(row, given);
    copyInto(this.#context.models.metadataOf(row.model), row.model, given, row.entity);
    return placed;
  }

  /** Whether the object itself can stand for its row: it says which version of it it was loaded as. */
  #canBeAttached(model: EntityModel, given: object): boolean {
    return !isPlain(given) && isRowVersion(model.version?.read(given));
  }

  /** It was loaded once, so it is no new row. */
  #gone(model: EntityModel, key: EntityKey, given: object) {
    const version: unknown = model.version?.read(given);
    const tracked = trackedEntity(model, given, {
      key,
      version: isRowVersion(version) ? version : undefined,
      isReplayable: false,
    });
    return conflictError([{ conflict: conflictOn(tracked, 'update', {}), tracked }]);
  }

  async #read(target: EntityMetadata['target'], keys: ObjectLiteral[]): Promise<void> {
    const { manager } = this.#context;
    const options = { loadEagerRelations: false, withDeleted: true };
    const [key, another] = keys;
    // A single one that is not found is known to be absent then.
    if (key && !another) await manager.findOne(target, { where: key, ...options });
    else await manager.find(target, { where: keys, ...options });
  }

  #modelOf(metadata: EntityMetadata | undefined, given: object): EntityModel {
    const { models } = this.#context;
    const model = metadata && isPlain(given) ? models.of(metadata) : models.ofInstance(given);
    refuseUnwritable(model);
    return model;
  }
}

function refuseRemoved(tracked: TrackedEntity): TrackedEntity {
  const { model, key, state } = tracked;
  if (state !== 'removed') return tracked;
  throw new UsageError(
    `${model.entityName}(${keyId(key ?? [])}) is to be removed in the same unit: it cannot be saved`,
  );
}
