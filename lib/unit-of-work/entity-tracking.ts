import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tracker } from '../adapter/tracker';
import { UsageError } from '../errors/usage-error';
import type { ConcurrencyError } from '../errors/concurrency-error';
import { versionConflict } from '../flush/conflicts';
import { keyId } from '../model/entity-key';
import { keyOf, type CascadeKind, type EntityModel } from '../model/entity-model';
import type { Increment } from '../model/increment';
import { isRowVersion } from '../model/row-version';
import { editedCollections, unreadCollections } from '../tracking/loaded-collections';
import { ownerOf } from '../tracking/identity-map';
import { addIncrement } from '../tracking/increments';
import { recover, removeSoftly } from '../tracking/soft-removal';
import { trackedEntity, type TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion } from '../write-set/change';
import { assertionOf, collectChanges } from '../write-set/collect-changes';

/** What is added while a function runs, to the unit that runs it. */
interface Recording {
  readonly owner: EntityTracking;
  readonly added: object[];
}

// One for the process: a storage that was used once makes every promise slower for good (Node.js 20).
const recordings = new AsyncLocalStorage<Recording>();

/** What a user's calls do to the identity map. None of them reaches the database. */
export class EntityTracking {
  readonly #tracker: Tracker;
  /** Takes back what was written into entities. */
  readonly #undo: (() => void)[];

  constructor(tracker: Tracker, undo: (() => void)[]) {
    this.#tracker = tracker;
    this.#undo = undo;
  }

  add(entity: object): void {
    const model = this.#modelOf(entity);
    const tracked = this.#tracker.map.get(entity);
    if (tracked?.state === 'new') return;
    if (tracked)
      throw new UsageError(`this ${model.entityName} has a row already: change it instead`);
    this.#refuseForeign(entity, model);
    this.#tracker.map.add(trackedEntity(model, entity));
    const recording = recordings.getStore();
    if (recording?.owner === this) recording.added.push(entity);
  }

  /** @throws {UsageError} There is no row to lock. */
  lockOf(entity: object): Assertion {
    const tracked = this.trackedOrFail(entity);
    if (tracked.state === 'new') {
      throw new UsageError(`a new ${tracked.model.entityName} has no row to lock yet`);
    }
    return assertionOf(tracked, 'lock', 'delete');
  }

  /**
   * Asserts that an entity has a version, now and when it is committed.
   *
   * @returns The conflict, if it has another one.
   */
  expectVersion(entity: object, version: unknown): ConcurrencyError | undefined {
    const tracked = this.trackedOrFail(entity);
    const { entityName } = tracked.model;
    if (tracked.version === undefined)
      throw new UsageError(`this ${entityName} has no row version`);
    if (!isRowVersion(version)) {
      throw new UsageError(`the version expected of ${entityName} must be a whole number`);
    }
    tracked.assertion = 'expect-version';
    return version === tracked.version ? undefined : versionConflict(tracked, version);
  }

  /** Runs a function and returns what it added, so that it can be dropped again. */
  async record<T>(run: () => T | Promise<T>): Promise<[result: T, added: object[]]> {
    const added: object[] = [];
    try {
      return [await recordings.run({ owner: this, added }, async () => run()), added];
    } catch (error) {
      // Whoever goes on after this error must not find half of what was to be built.
      this.drop(added);
      throw error;
    }
  }

  /** Whether the caller runs within `record()`. */
  get isRecording(): boolean {
    return recordings.getStore()?.owner === this;
  }

  /** Forgets new entities as if they had never been added. */
  drop(entities: readonly object[]): void {
    for (const entity of entities) {
      const tracked = this.#tracker.map.get(entity);
      if (tracked?.state === 'new') this.#tracker.map.disown(tracked);
    }
  }

  remove(entity: object): void {
    const tracked = this.#tracker.map.get(entity);
    if (!tracked) {
      const { entityName } = this.#modelOf(entity);
      throw new UsageError(
        `this ${entityName} is not tracked by the unit: load it here, or attach() it first`,
      );
    }
    if (tracked.state === 'removed') return;
    if (tracked.state === 'new') this.#tracker.map.disown(tracked);
    else tracked.state = 'removed';
    for (const related of relatedBy('remove', tracked)) {
      if (this.#tracker.map.get(related)) this.remove(related);
    }
  }

  /** Sets the delete date, of what the cascades of a soft removal reach as well. */
  softRemove(entity: object): void {
    this.#setDeleteDates(entity, 'soft-remove', removeSoftly);
  }

  /** Clears it. */
  recover(entity: object): void {
    this.#setDeleteDates(entity, 'recover', recover);
  }

  /** Of all that is reached, or of nothing if one of them refuses it. */
  #setDeleteDates(
    entity: object,
    kind: CascadeKind,
    set: (tracked: TrackedEntity) => () => void,
  ): void {
    const takeBack: (() => void)[] = [];
    try {
      for (const tracked of this.#reachedBy(kind, entity)) takeBack.push(set(tracked));
    } catch (error) {
      for (const one of takeBack.toReversed()) one();
      throw error;
    }
    this.#undo.push(...takeBack);
  }

  /** An entity, and what the unit knows of what a kind of cascade reaches from it. */
  #reachedBy(kind: CascadeKind, entity: object): Set<TrackedEntity> {
    const reached = new Set([this.trackedOrFail(entity)]);
    // A set is walked through to what is added on the way.
    for (const tracked of reached) {
      for (const related of relatedBy(kind, tracked)) {
        const known = this.#tracker.map.get(related);
        if (known) reached.add(known);
      }
    }
    return reached;
  }

  attach(entity: object): void {
    if (this.#tracker.map.get(entity)) return;
    const model = this.#modelOf(entity);
    const key = keyOf(model, entity);
    if (!key) throw new UsageError(`a ${model.entityName} without its key cannot be attached`);
    const version: unknown = model.version?.read(entity);
    if (model.version && !isRowVersion(version)) {
      throw new UsageError(
        `${model.entityName}(${keyId(key)}) cannot be attached: ${model.version.propertyPath} must ` +
          'hold the row version it was loaded with, a whole number',
      );
    }
    if (this.#tracker.map.at(model, key)) {
      throw new UsageError(
        `the unit has loaded ${model.entityName}(${keyId(key)}) already: change that instance`,
      );
    }
    const tracked = trackedEntity(model, entity, {
      state: 'attached',
      key,
      version: isRowVersion(version) ? version : undefined,
      isReplayable: false,
    });
    this.#tracker.map.add(tracked);
  }

  forceIncrement(entity: object): void {
    this.#versionedOrFail(entity).forcesIncrement = true;
  }

  increment(entity: object, path: string, increment: Increment): void {
    addIncrement(this.trackedOrFail(entity), path, increment);
  }

  assertUnchanged(entity: object): void {
    const { model } = this.trackedOrFail(entity);
    const tracked =
      model.tokens.length > 0 ? this.trackedOrFail(entity) : this.#versionedOrFail(entity);
    // A version that came from a client stays one: no replay can cure it.
    tracked.assertion ??= 'assert-unchanged';
  }

  clear(): void {
    const { writes, assertions } = collectChanges(this.#tracker.map);
    const isUnwritten = this.#tracker.map.all().some(hasUnwritten);
    if (writes.length + assertions.length > 0 || isUnwritten) {
      throw new UsageError('clear() would lose changes that were not written: await flush() first');
    }
    this.#tracker.clear();
  }

  trackedOrFail(entity: object): TrackedEntity {
    const tracked = this.#tracker.map.get(entity);
    if (tracked) return tracked;
    const { entityName } = this.#modelOf(entity);
    throw new UsageError(
      `this ${entityName} is not tracked by the unit: load, add or attach it first`,
    );
  }

  #versionedOrFail(entity: object): TrackedEntity {
    const tracked = this.trackedOrFail(entity);
    if (tracked.model.version) return tracked;
    const { entityName } = tracked.model;
    throw new UsageError(`${entityName} has no row version: decorate it with @RowVersion`);
  }

  #modelOf(entity: object): EntityModel {
    if (typeof entity !== 'object' || entity === null) {
      throw new UsageError(`an entity must be an object, not ${String(entity)}`);
    }
    return this.#tracker.models.ofInstance(entity);
  }

  #refuseForeign(entity: object, { entityName }: EntityModel): void {
    const owner = ownerOf(entity);
    if (owner && owner !== this.#tracker.map) {
      throw new UsageError(
        `this ${entityName} belongs to another unit or to an earlier attempt: load it here, or attach() it`,
      );
    }
  }
}

/** Whether the flush would still have to find out what is to be written. */
function hasUnwritten(tracked: TrackedEntity): boolean {
  if (tracked.state === 'attached' || editedCollections(tracked).length > 0) return true;
  return tracked.state === 'managed' && unreadCollections(tracked).length > 0;
}

/** What is related to an entity along the cascades of a kind. */
function relatedBy(kind: CascadeKind, { model, entity }: TrackedEntity): object[] {
  const cascades = model.cascades.filter(({ kinds }) => kinds.has(kind));
  return cascades.flatMap((cascade) => cascade.related(entity));
}
