import type {
  DataSource,
  EntityManager,
  EntityTarget,
  FindOptionsWhere,
  ObjectLiteral,
} from 'typeorm';
import { EntityEvents } from '../adapter/entity-events';
import type { EntityModels } from '../adapter/entity-models';
import { KeyFinder } from '../adapter/find-by-key';
import { PartRelation } from '../adapter/part-relation';
import { registerTracker, Tracker } from '../adapter/tracker';
import { UnitConnection } from '../adapter/unit-connection';
import { UnitManager } from '../adapter/unit-manager';
import { registerWriter } from '../adapter/unit-writer';
import { fillIn, whereOf } from '../adapter/unique-key';
import type { IsolationLevel } from '../dialect/dialect';
import { UsageError } from '../errors/usage-error';
import { versionConflict } from '../flush/conflicts';
import { flush } from '../flush/flush';
import { insertNow, insertUnless } from '../flush/insert-unless';
import type { FlushContext } from '../flush/flush-context';
import { lockRows } from '../flush/lock-rows';
import { isRowVersion } from '../model/row-version';
import { abortable } from '../support/abortable';
import type { Assertion } from '../write-set/change';
import { assertionOf } from '../write-set/collect-changes';
import { planLocks, type LockBatch } from '../write-set/lock-plan';
import type { DataSourceContext } from './context';
import { EntityTracking } from './entity-tracking';
import { findOrCreate, type FindContext, type FoundOrCreated } from './find-or-create';
import { ManagerWrites } from './manager-writes';
import { replaceParts } from './replace-parts';
import { Writing } from './writing';

/** One run of a unit's function: a transaction and an identity map of its own. */
export class Attempt {
  readonly isolation: IsolationLevel;
  readonly number: number;
  readonly signal: AbortSignal;
  /** Whose unit it is. */
  readonly home: DataSource;
  readonly dataSource: DataSource;
  readonly connection: UnitConnection;
  readonly manager: EntityManager;
  readonly models: EntityModels;
  readonly tracking: EntityTracking;
  readonly writing: Writing;
  readonly flushContext: FlushContext;
  /** What runs after the commit. */
  readonly callbacks: (() => unknown)[] = [];
  /** What the user's code has locked. */
  readonly locked: Assertion[] = [];
  /** What was locked before anything was read. */
  lockedFirst: readonly LockBatch[] = [];
  /** Whether it failed while it did that, before the user's code ran. */
  isLockingFirst = false;
  readonly #tracker: Tracker;
  readonly #isHosted: boolean;
  #pending = 0;
  #isOpen = true;

  constructor(
    context: DataSourceContext,
    isolation: IsolationLevel,
    number: number,
    signal: AbortSignal,
    home: DataSource = context.dataSource,
  ) {
    const { dataSource, dialect, models, catalog } = context;
    this.isolation = isolation;
    this.#isHosted = context.host !== undefined;
    this.number = number;
    this.signal = signal;
    this.dataSource = dataSource;
    this.models = models;
    this.home = home;
    const isFirstAttempt = number === 1;
    this.connection = new UnitConnection({ ...context, isolation, isFirstAttempt, signal });
    this.#tracker = new Tracker(dataSource, models, (error) => this.connection.fail(error));
    const finder = new KeyFinder(dataSource, dialect, this.#tracker, this.connection);
    this.manager = new UnitManager(dataSource, this.connection.runner, finder);
    registerTracker(this.connection.runner, this.#tracker);
    this.flushContext = {
      dialect,
      catalog,
      connection: this.connection,
      map: this.#tracker.map,
      locked: this.locked,
      listeners: new EntityEvents(dataSource, this.connection.runner, models),
      undo: [],
    };
    this.tracking = new EntityTracking(this.#tracker, this.flushContext.undo);
    this.writing = new Writing(this.flushContext, (error) => this.connection.fail(error));
    registerWriter(this.connection.runner, new ManagerWrites(this));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Operations of the user's code that have begun and not ended. */
  get pending(): number {
    return this.#pending + this.writing.pending + this.#tracker.pending + this.connection.pending;
  }

  /** Counts an operation of the user's code for as long as it takes. */
  async during<T>(operation: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await operation();
    } finally {
      this.#pending--;
    }
  }

  load<T>(load: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.during(() => load(this.manager));
  }

  /** Writes what changed. */
  flush(): Promise<void> {
    return this.writing.flush();
  }

  /**
   * Writes what changed; where one statement is enough, it commits by itself.
   *
   * @returns What failed when it was committed already.
   */
  async flushLast(): Promise<readonly unknown[]> {
    const { connection, signal } = this;
    const alone = connection.alone();
    const flushed = this.writing.write(() => flush({ ...this.flushContext, alone }));
    // What is being decided by the database ends by itself, and says that its outcome is unknown.
    await abortable(flushed, signal, () => !connection.isDeciding);
    return alone.errors;
  }

  /** Locks rows before anything is read, whatever versions they have; those that are gone are left out. */
  async lockFirst(batches: readonly LockBatch[]): Promise<void> {
    this.lockedFirst = batches;
    this.isLockingFirst = true;
    await this.writing.write(() => lockRows(this.flushContext, batches));
    this.isLockingFirst = false;
  }

  lock(entities: readonly object[]): Promise<void> {
    const assertions = entities.map((entity) => {
      const tracked = this.tracking.trackedOrFail(entity);
      if (tracked.state === 'new') {
        throw new UsageError(`a new ${tracked.model.entityName} has no row to lock yet`);
      }
      return assertionOf(tracked, 'lock', 'delete');
    });
    this.locked.push(...assertions);
    const plan = planLocks({ writes: [], assertions });
    return this.writing.write(() => lockRows(this.flushContext, plan));
  }

  /** Finds the entity with a unique key, or creates it. */
  findOrCreate<T extends ObjectLiteral>(
    target: EntityTarget<T>,
    key: FindOptionsWhere<T>,
    create: () => unknown,
  ): Promise<FoundOrCreated<T>> {
    const { manager, tracking } = this;
    const { map, models } = this.#tracker;
    const metadata = this.dataSource.getMetadata(target);
    const model = models.of(metadata);
    const locking = { lock: { mode: 'pessimistic_write' }, loadEagerRelations: false } as const;
    const context: FindContext<T> = {
      map,
      undo: this.flushContext.undo,
      find: (unique, isLocking) => {
        const where = whereOf<T>(metadata, unique, key);
        return manager.findOne(target, { where, ...(isLocking && locking) });
      },
      fillIn: (column, from, to) => fillIn(metadata, column, from, to),
      build: (created) => models.instanceOf(model, created) as T,
      record: (run) => tracking.record(run),
      add: (entity) => tracking.add(entity),
      drop: (entities) => tracking.drop(entities),
      insertUnless: (tracked, unique) =>
        this.writing.run(() => insertUnless(this.flushContext, tracked, unique)),
      fail: (error) => this.connection.fail(error),
      insert: (tracked) => this.writing.run(() => insertNow(this.flushContext, tracked)),
    };
    return this.writing.exclusively(async () => findOrCreate(context, model, key, create));
  }

  /** Makes the parts of a root those that are given. */
  replaceParts(
    entity: object,
    relationName: string,
    parts: readonly object[],
    matchBy: readonly string[] | undefined,
  ): Promise<void> {
    const root = this.tracking.trackedOrFail(entity);
    if (root.state === 'removed') throw new UsageError('the root is to be removed');
    const relation = new PartRelation(this.#tracker.models, root, relationName);
    return this.during(() =>
      replaceParts(
        {
          manager: this.manager,
          map: this.#tracker.map,
          undo: this.flushContext.undo,
          modelOf: (part) => this.#tracker.models.ofInstance(part),
          add: (part) => this.tracking.add(part),
          remove: (part) => this.tracking.remove(part),
          checkRoot: () => this.lock([entity]),
        },
        root,
        relation,
        parts,
        matchBy,
      ),
    );
  }

  expectVersion(entity: object, version: unknown): void {
    const tracked = this.tracking.trackedOrFail(entity);
    const { entityName } = tracked.model;
    if (tracked.version === undefined)
      throw new UsageError(`this ${entityName} has no row version`);
    if (!isRowVersion(version)) {
      throw new UsageError(`the version expected of ${entityName} must be a whole number`);
    }
    tracked.assertion = 'expect-version';
    if (version !== tracked.version) throw this.connection.fail(versionConflict(tracked, version));
  }

  /** @throws {UsageError} Nobody tells a unit in the transaction of its caller when that is committed. */
  afterCommit(callback: () => unknown): void {
    if (typeof callback !== 'function') throw new UsageError('afterCommit() takes a function');
    if (this.#isHosted) {
      throw new UsageError(
        'afterCommit() needs a unit that commits: this one is in your transaction',
      );
    }
    this.callbacks.push(callback);
  }

  /** Refuses every further use by the user's code. */
  close(): void {
    this.#isOpen = false;
  }
}
