import type {
  EntityManager,
  EntityMetadata,
  EntityTarget,
  FindOptionsWhere,
  ObjectLiteral,
} from 'typeorm';
import { copyInto, plainCopy } from '../adapter/copy-values';
import type { EntityModels } from '../adapter/entity-models';
import type { Removal, UnitWriter } from '../adapter/unit-writer';
import type { IsolationLevel } from '../dialect/dialect';
import { UsageError } from '../errors/usage-error';
import { changedRows, readStates, refuseStale } from '../flush/moved-rows';
import type { EntityModel } from '../model/entity-model';
import { groupBy } from '../support/group-by';
import type { TrackedEntity } from '../tracking/tracked-entity';
import { refuseUnwritable } from '../write-set/collect-changes';
import type { EntityTracking } from './entity-tracking';
import type { FoundOrCreated } from './find-or-create';
import { GivenEntities } from './given-entities';
import { isolationLevels } from './options';
import { runSavepoint, type SavepointContext } from './savepoint';
import type { Writing } from './writing';

const cascades = { remove: 'remove', softRemove: 'soft-remove', recover: 'recover' } as const;

/** What the methods of the manager need of their attempt. */
export interface ManagerContext extends SavepointContext {
  readonly isolation: IsolationLevel;
  readonly manager: EntityManager;
  readonly models: EntityModels;
  readonly tracking: EntityTracking;
  findOrCreate(
    target: EntityTarget<ObjectLiteral>,
    key: FindOptionsWhere<ObjectLiteral>,
    create: () => unknown,
  ): Promise<FoundOrCreated<ObjectLiteral>>;
}

/**
 * What TypeORM's `save`, `insert`, `remove`, `upsert` and its query builders mean in a unit: entities are
 * tracked and written at once, with all that was changed before them, and their versions are checked.
 */
export class ManagerWrites implements UnitWriter {
  readonly #context: ManagerContext;
  readonly #given: GivenEntities;

  constructor(context: ManagerContext) {
    this.#context = context;
    this.#given = new GivenEntities(context);
  }

  save(metadata: EntityMetadata | undefined, entities: readonly object[]): Promise<void> {
    return this.#write(async (write) => {
      await this.#given.load(metadata, entities);
      const placed = entities.map((entity) => this.#given.place(metadata, entity));
      await write(placed.map(({ tracked }) => tracked));
      for (const { given, tracked } of placed) this.#given.answer(given, tracked);
    });
  }

  /** Never a SELECT or an UPDATE first, and no cascade; objects without a class stay the caller's. */
  insert(metadata: EntityMetadata, values: readonly object[]): Promise<void> {
    return this.#write(async (write) => {
      const placed = values.map((value) => this.#given.add(metadata, value));
      await write(placed);
      for (const tracked of placed) this.#given.letGo(tracked);
    });
  }

  remove(
    metadata: EntityMetadata | undefined,
    entities: readonly object[],
    how: Removal,
  ): Promise<void> {
    const { tracking } = this.#context;
    return this.#write(async (write) => {
      const reached = [...this.#given.reached(metadata, entities, cascades[how])];
      for (const [own, group] of groupBy(reached, ([, of]) => of)) {
        await this.#given.load(
          own,
          group.map(([entity]) => entity),
        );
      }
      const placed = reached.map(([entity, own]) => this.#given.placeExisting(own, entity));
      tracking[how](placed.map(({ tracked }) => tracked.entity));
      await write(placed.map(({ tracked }) => tracked));
      for (const { given, tracked } of placed) {
        if (how === 'remove') this.#given.clearKey(given, tracked);
        else this.#given.answer(given, tracked);
      }
    });
  }

  /** Of several writers of one key the first inserts, and the others change the row it made. */
  async upsert(
    metadata: EntityMetadata,
    values: readonly object[],
    conflictPaths: readonly string[],
  ): Promise<void> {
    const { models, tracking } = this.#context;
    const model = models.of(metadata);
    refuseUnwritable(model);
    const placed: { readonly given: object; readonly tracked: TrackedEntity }[] = [];
    for (const given of values) {
      const key = plainCopy(metadata, given, conflictPaths);
      const { entity, created } = await this.#context.findOrCreate(metadata.target, key, () =>
        plainCopy(metadata, given),
      );
      const tracked = tracking.trackedOrFail(entity);
      if (!created) this.#given.compareVersion(tracked, given);
      if (!created) copyInto(metadata, model, given, entity);
      placed.push({ given, tracked });
    }
    await this.#write((write) => write(placed.map(({ tracked }) => tracked)));
    for (const { given, tracked } of placed) this.#given.answer(given, tracked, 'with key');
  }

  /**
   * Rows that the unit has read are locked and compared before and after the statement: of those that it
   * reached, none may have been changed by a rival since, and their instances are not used any more.
   */
  statement<T>(metadata: EntityMetadata | undefined, send: () => Promise<T>): Promise<T> {
    const { models, flushContext } = this.#context;
    return this.#write(async (write) => {
      await write([]);
      const known = metadata ? this.#rowsOf(models.of(metadata)) : [];
      if (known.length === 0) return send();
      const before = await readStates(flushContext, known);
      const result = await send();
      const changed = changedRows(before, await readStates(flushContext, known));
      refuseStale(changed, before);
      for (const tracked of changed) {
        flushContext.map.retire(
          tracked,
          'a statement has changed its row since it was loaded: load it again and change that instance',
          true,
        );
      }
      return result;
    });
  }

  /** A transaction within the unit's is a savepoint, at whatever level the unit runs. */
  transaction<T>(isolation: string | undefined, part: () => Promise<T>): Promise<T> {
    const levels: readonly string[] = isolationLevels;
    const own = this.#context.isolation;
    if (isolation !== undefined && levels.indexOf(isolation) > levels.indexOf(own)) {
      throw new UsageError(
        `a transaction inside the unit asks for ${isolation}, and the unit runs at ${own}: ` +
          'give the stricter level to the unit',
      );
    }
    return runSavepoint(this.#context, part);
  }

  #rowsOf({ tableName }: EntityModel): TrackedEntity[] {
    return this.#context.flushContext.map
      .all()
      .filter(
        ({ model, state, key, readOnlyReason }) =>
          model.tableName === tableName &&
          state === 'managed' &&
          key !== undefined &&
          readOnlyReason === undefined,
      );
  }

  #write: Writing['byManager'] = (work) => {
    const { tracking, writing } = this.#context;
    if (tracking.isRecording) {
      throw new UsageError('what findOrCreate() runs cannot write: it only builds the entity');
    }
    return writing.byManager(work);
  };
}
