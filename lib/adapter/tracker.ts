import { FindOperator, type DataSource, type EntityMetadata, type QueryRunner } from 'typeorm';
import { ConcurrencyError } from '../errors/concurrency-error';
import { MappingError } from '../errors/mapping-error';
import type { EntityKey } from '../model/entity-key';
import { keyOf, type EntityModel } from '../model/entity-model';
import { isRowVersion, type RowVersion } from '../model/row-version';
import { valueId } from '../model/unique-value';
import { conflictOn } from '../tracking/conflict-on';
import { IdentityMap } from '../tracking/identity-map';
import { isPlain } from '../support/is-plain';
import { sameFingerprint } from '../model/fingerprint';
import {
  currentLoad,
  duringLoad,
  latestStatement,
  type Load,
  type ReadPoint,
} from '../tracking/read-point';
import { takeSnapshot, type Snapshot } from '../tracking/snapshot';
import { trackedEntity, type TrackedEntity } from '../tracking/tracked-entity';
import type { EntityModels } from './entity-models';

/** Called when a unit can no longer succeed. */
export type Fail = (error: ConcurrencyError) => ConcurrencyError;

/** Learns of every entity that a unit loads, and keeps one instance per row. */
export class Tracker {
  readonly map = new IdentityMap();
  readonly models: EntityModels;
  readonly dataSource: DataSource;
  readonly #fail: Fail;
  #pending = 0;

  constructor(dataSource: DataSource, models: EntityModels, fail: Fail) {
    this.dataSource = dataSource;
    this.models = models;
    this.#fail = fail;
  }

  /**
   * Tracks an instance that TypeORM has just loaded, unless it is tracked already. What our query
   * builder loads is left to it, and tracked at its end if it was not in its result.
   */
  noticeLoaded(entity: object, metadata: EntityMetadata): void {
    if (this.map.get(entity)) return;
    const readAt = latestStatement();
    const load = currentLoad();
    if (load) load.noticed.set(entity, () => this.#trackLoose(entity, metadata, readAt));
    else this.#trackLoose(entity, metadata, readAt);
  }

  /**
   * The instance that stands for the row of a freshly loaded one.
   *
   * @param isLocking Whether the row was read with a lock, that is as it is now.
   * @throws {ConcurrencyError} The row was read under a lock and has moved since the unit read it.
   */
  claim(
    fresh: object,
    metadata: EntityMetadata,
    isLocking: boolean,
    readAt: ReadPoint,
  ): TrackedEntity {
    const claimed = this.map.get(fresh);
    if (claimed) return claimed;
    const model = this.models.of(metadata);
    const key = keyOf(model, fresh);
    const known = key && this.map.at(model, key);
    if (!known) return this.#track(fresh, model, key, readAt);
    this.#merge(known, fresh, isLocking, readAt);
    return known;
  }

  /** Remembers that no row has a unique key, if the conditions of a read name nothing else. */
  noteAbsent(metadata: EntityMetadata, where: unknown): void {
    const model = this.models.of(metadata);
    for (const condition of [where].flat()) {
      if (typeof condition !== 'object' || condition === null) continue;
      const count = countValues(condition);
      for (const unique of model.uniques) {
        if (unique.isPartial || unique.columns.length !== count) continue;
        const key = unique.columns.map((column) => column.read(condition));
        const isWhole = !key.includes(undefined) && !key.includes(null);
        if (isWhole) this.map.noteAbsent(valueId(model, unique, key));
      }
    }
  }

  clear(): void {
    this.map.clear();
  }

  /** Whether others than the library want to know of what is loaded. */
  get isOverheard(): boolean {
    const { subscribers, entityMetadatas } = this.dataSource;
    return (
      subscribers.filter(({ afterLoad }) => afterLoad).length > 1 ||
      entityMetadatas.some(({ afterLoadListeners }) => afterLoadListeners.length > 0)
    );
  }

  /** Loads that are under way. */
  get pending(): number {
    return this.#pending;
  }

  /** Counts a load for as long as it takes. */
  async during<T>(run: (load: Load) => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await duringLoad(run);
    } finally {
      this.#pending--;
    }
  }

  #trackLoose(entity: object, metadata: EntityMetadata, readAt: ReadPoint): void {
    const model = this.models.of(metadata);
    if (!this.map.get(entity)) this.#track(entity, model, keyOf(model, entity), readAt);
  }

  #track(
    entity: object,
    model: EntityModel,
    key: EntityKey | undefined,
    readAt: ReadPoint,
  ): TrackedEntity {
    const first = key && this.map.firstOf(model, key);
    const tracked = trackedEntity(model, entity, {
      state: 'managed',
      key,
      // What the unit decided, it may have decided by the version that it read first.
      version: olderVersion(key && this.map.takeFirstVersion(model, key), versionOf(model, entity)),
      snapshot: takeSnapshot(model, entity),
      readAt,
      seenAt: readAt,
      hasMoved: first ? first.hasMoved : key !== undefined && this.map.wasMovedUnread(model, key),
      readOnlyReason: readOnlyReason(model, entity, key),
    });
    this.map.add(tracked);
    return tracked;
  }

  /**
   * Never refreshes what was read: that would let a change through that was made for another
   * version. What was not loaded so far is added if the row is still the same.
   */
  #merge(known: TrackedEntity, fresh: object, isLocking: boolean, readAt: ReadPoint): void {
    const { model, entity, snapshot } = known;
    const freshSnapshot = takeSnapshot(model, fresh);
    const missing = model.columns.filter(
      ({ index }) => snapshot[index] === undefined && freshSnapshot[index] !== undefined,
    );
    const version = versionOf(model, fresh);
    const hasMoved = version !== undefined && version !== known.version;
    if (hasMoved && (isLocking || missing.length > 0)) {
      throw this.#fail(movedError(known, version, isLocking ? 'lock' : 'read'));
    }
    if (hasMoved) return;
    const comparison = compareRows(model, snapshot, freshSnapshot);
    if (comparison === 'same') known.seenAt = readAt;
    if (comparison === 'changed') known.hasChanged = true;
    for (const column of missing) {
      if (column.read(entity) === undefined) column.copy(fresh, entity);
      snapshot[column.index] = freshSnapshot[column.index];
    }
  }
}

/** How many values a condition names; NaN if it does more than compare them. */
function countValues(condition: object): number {
  return Object.values(condition).reduce<number>((count, value: unknown) => {
    if (value instanceof FindOperator) return NaN;
    const isNested = typeof value === 'object' && value !== null && isPlain(value);
    return count + (isNested ? countValues(value) : 1);
  }, 0);
}

/** A row that was read twice; `partly`: what was known of it was not all read again. */
function compareRows(
  { columns, references }: EntityModel,
  known: Snapshot,
  fresh: Snapshot,
): 'same' | 'changed' | 'partly' {
  // A foreign key without a property is read with its relation alone.
  const dropped = new Set(references.flatMap((reference) => reference.columns));
  let result: 'same' | 'partly' = 'same';
  for (const column of columns) {
    const [before, now] = [known[column.index], fresh[column.index]];
    if (before === undefined) continue;
    if (now === undefined) {
      if (!dropped.has(column) || column.readBoth) result = 'partly';
    } else if (!sameFingerprint(before, now)) {
      return 'changed';
    }
  }
  return result;
}

/** @throws {MappingError} The row has a NULL in its version column. */
function versionOf({ version, entityName }: EntityModel, entity: object): RowVersion | undefined {
  const value = version?.read(entity);
  if (value === undefined || isRowVersion(value)) return value;
  throw new MappingError(
    `a row of ${entityName} has ${value === null ? 'NULL' : 'no whole number'} in ${version?.databaseName}: ` +
      'the column must be INT NOT NULL DEFAULT 1, and existing rows must be filled',
  );
}

function olderVersion(
  first: RowVersion | undefined,
  own: RowVersion | undefined,
): RowVersion | undefined {
  return first === undefined || own === undefined ? own : Math.min(first, own);
}

function readOnlyReason(
  model: EntityModel,
  entity: object,
  key: EntityKey | undefined,
): string | undefined {
  if (key === undefined) return 'it was loaded without its key';
  const isBlind = model.version !== undefined && model.version.read(entity) === undefined;
  return isBlind ? 'it was loaded without its row version' : undefined;
}

function movedError(
  tracked: TrackedEntity,
  actual: RowVersion,
  operation: 'lock' | 'read',
): ConcurrencyError {
  const { isReplayable: replayable } = tracked;
  return new ConcurrencyError('row-version', [conflictOn(tracked, operation, { actual })], {
    replayable,
  });
}

const trackers = new WeakMap<QueryRunner, Tracker>();

/** Makes a tracker answer for what is loaded through a query runner. */
export function registerTracker(runner: QueryRunner, tracker: Tracker): void {
  trackers.set(runner, tracker);
}

export function trackerOf(runner: QueryRunner | undefined): Tracker | undefined {
  return runner && trackers.get(runner);
}
