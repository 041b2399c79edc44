import { AsyncLocalStorage } from 'node:async_hooks';
import type { Tracker } from '../adapter/tracker';
import { UsageError } from '../errors/usage-error';
import type { ConcurrencyError } from '../errors/concurrency-error';
import { versionConflict } from '../flush/conflicts';
import { keyId } from '../model/entity-key';
import { keyOf, type CascadeKind, type EntityModel } from '../model/entity-model';
import { fingerprint } from '../model/fingerprint';
import type { Increment } from '../model/increment';
import { isRowVersion } from '../model/row-version';
import { hasUnwritten } from '../tracking/loaded-collections';
import { ownerOf } from '../tracking/identity-map';
import { addIncrement } from '../tracking/increments';
import { reachedBy } from '../tracking/reached-by';
import { recover, removeSoftly } from '../tracking/soft-removal';
import { trackedEntity, type TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion } from '../write-set/change';
import { assertionOf, collectChanges, refuseUnwritable } from '../write-set/collect-changes';
import { changeAll, changeAsAsked, type Asked } from './take-back';

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
  readonly #context: Asked;

  constructor(tracker: Tracker, context: Asked) {
    this.#tracker = tracker;
    this.#context = context;
  }

  /** All of them, or none if one is refused. */
  add(entities: readonly object[]): void {
    const models = entities.map((entity) => this.#modelToAdd(entity));
    entities.forEach((entity, i) => {
      const model = models[i];
      if (!model || this.#tracker.map.get(entity)) return;
      this.#tracker.map.add(trackedEntity(model, entity));
      const recording = recordings.getStore();
      if (recording?.owner === this) recording.added.push(entity);
    });
  }

  #modelToAdd(entity: object): EntityModel {
    const model = this.#modelOf(entity);
    const tracked = this.#tracker.map.get(entity);
    if (tracked?.state === 'new') return model;
    if (tracked)
      throw new UsageError(`this ${model.entityName} has a row already: change it instead`);
    refuseUnwritable(model);
    this.#refuseForeign(entity, model);
    return model;
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

  /** What it reaches as well: all of it, or nothing if one is refused. */
  remove(entities: readonly object[]): void {
    const given = entities.map((entity) => this.#trackedToRemove(entity));
    for (const tracked of reachedBy(this.#tracker.map, 'remove', given)) {
      if (tracked.state === 'new') this.#tracker.map.disown(tracked);
      else tracked.state = 'removed';
    }
  }

  #trackedToRemove(entity: object): TrackedEntity {
    const tracked = this.#tracker.map.get(entity);
    if (!tracked) {
      const { entityName } = this.#modelOf(entity);
      throw new UsageError(
        `this ${entityName} is not tracked by the unit: load it here, or attach() it first`,
      );
    }
    refuseUnwritable(tracked.model);
    return tracked;
  }

  /** Sets the delete date, of what the cascades of a soft removal reach as well. */
  softRemove(entities: readonly object[]): void {
    this.#setDeleteDates(entities, 'soft-remove', removeSoftly);
  }

  /** Clears it. */
  recover(entities: readonly object[]): void {
    this.#setDeleteDates(entities, 'recover', recover);
  }

  /** Of all that is reached, or of nothing if one of them refuses it. */
  #setDeleteDates(
    entities: readonly object[],
    kind: CascadeKind,
    set: (tracked: TrackedEntity) => () => void,
  ): void {
    const given = entities.map((entity) => this.trackedOrFail(entity));
    const reached = [...reachedBy(this.#tracker.map, kind, given)];
    for (const { model } of reached) refuseUnwritable(model);
    changeAsAsked(this.#context, () => changeAll(reached, set));
  }

  attach(entity: object): void {
    if (this.#tracker.map.get(entity)) return;
    const model = this.#modelOf(entity);
    refuseUnwritable(model);
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
      // Those that point to it go before it, also if it is removed before its row is read.
      snapshot: model.columns.map((one) => (one.isKey ? fingerprint(one.read(entity)) : undefined)),
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
