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
import { PoolTurn } from '../adapter/pool-turn';
import { registerTracker, Tracker } from '../adapter/tracker';
import { UnitConnection } from '../adapter/unit-connection';
import { UnitManager } from '../adapter/unit-manager';
import { registerWriter } from '../adapter/unit-writer';
import { fillIn, whereOf } from '../adapter/unique-key';
import type { IsolationLevel } from '../dialect/dialect';
import { UsageError } from '../errors/usage-error';
import { flush } from '../flush/flush';
import { insertNow, insertUnless } from '../flush/insert-unless';
import type { FlushContext } from '../flush/flush-context';
import { findLostRows, lockRows } from '../flush/lock-rows';
import { LockedRows } from '../flush/locked-rows';
import type { EntityModel } from '../model/entity-model';
import { abortable } from '../support/abortable';
import type { Assertion } from '../write-set/change';
import { planLocks, type LockBatch } from '../write-set/lock-plan';
import { checkAfterCommit } from './check-after-commit';
import type { DataSourceContext } from './context';
import { EntityTracking } from './entity-tracking';
import { findOrCreate, type FindContext, type FoundOrCreated } from './find-or-create';
import { ManagerWrites } from './manager-writes';
import { replaceParts } from './replace-parts';
import type { QueuePlace } from './queue-place';
import { readInTurn } from './read-in-turn';
import { Writing } from './writing';

/** One run of a unit's function: a transaction and an identity map of its own. */
export class Attempt {
  readonly isolation: IsolationLevel;
  readonly number: number;
  readonly signal: AbortSignal;
  readonly queuePlace: QueuePlace;
  readonly turn: PoolTurn;
  /** Whose unit it is. */
  readonly home: DataSource;
  readonly dataSource: DataSource;
  readonly connection: UnitConnection;
  readonly manager: EntityManager;
  readonly models: EntityModels;
  readonly tracking: EntityTracking;
  readonly writing: Writing;
  readonly flushContext: FlushContext;
  readonly callbacks: (() => unknown)[] = [];
  readonly locked: Assertion[] = [];
  lockedFirst: readonly LockBatch[] = [];
  /** Whether it failed while it did that, before the user's code ran. */
  isLockingFirst = false;
  readonly #tracker: Tracker;
  readonly #isHosted: boolean;
  readonly #finder: KeyFinder;
  #pending = 0;
  isOpen = true;

  constructor(
    context: DataSourceContext,
    isolation: IsolationLevel,
    number: number,
    signal: AbortSignal,
    queuePlace: QueuePlace,
    home: DataSource = context.dataSource,
  ) {
    const { dataSource, dialect, models } = context;
    this.isolation = isolation;
    this.#isHosted = context.host !== undefined;
    this.number = number;
    this.signal = signal;
    this.queuePlace = queuePlace;
    this.dataSource = dataSource;
    this.models = models;
    this.home = home;
    const held = new LockedRows();
    this.turn = new PoolTurn({ ...context, signal, isAwaited: () => queuePlace.isAwaited });
    const isFirstAttempt = number === 1;
    const connecting = { ...context, isolation, isFirstAttempt, signal, turn: this.turn };
    this.connection = new UnitConnection(connecting, () => held.forget());
    this.#tracker = new Tracker(dataSource, models, (error) => this.connection.fail(error));
    this.#finder = new KeyFinder(dataSource, dialect, {
      tracker: this.#tracker,
      connection: this.connection,
      held,
      inTurn: (model, keys, read) => readInTurn(this, { model, keys }, read),
    });
    this.manager = new UnitManager(dataSource, this.connection.runner, this.#finder);
    registerTracker(this.connection.runner, this.#tracker);
    this.flushContext = this.#flushContext(context, held);
    this.tracking = new EntityTracking(this.#tracker, this.flushContext);
    this.writing = new Writing(this.flushContext, (error) => this.connection.fail(error));
    registerWriter(this.connection.runner, new ManagerWrites(this));
  }

  #flushContext(
    { dataSource, dialect, catalog, models }: DataSourceContext,
    held: LockedRows,
  ): FlushContext {
    return {
      dialect,
      catalog,
      connection: this.connection,
      map: this.#tracker.map,
      locked: this.locked,
      held,
      listeners: new EntityEvents(dataSource, this.connection.runner, models),
      undo: [],
      asked: [],
    };
  }

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

  readonly load = <T>(load: (manager: EntityManager) => Promise<T>): Promise<T> =>
    this.during(() => load(this.manager));

  readonly flush = (): Promise<void> => this.writing.flush();

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
    await this.lockAndRead(batches);
    this.isLockingFirst = false;
  }

  /** Locks rows, and remembers them as they are then. */
  lockAndRead(batches: readonly LockBatch[]): Promise<void> {
    const columnsOf = (model: EntityModel) => this.#finder.columnsOf(model);
    const lock = () => findLostRows(this.flushContext, batches, columnsOf);
    return this.writing.write(async () => void (await lock()));
  }

  lock(entities: readonly object[]): Promise<void> {
    const assertions = entities.map((one) => this.tracking.lockOf(one));
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
      asked: this.flushContext,
      find: (unique, isLocking) => {
        const where = whereOf<T>(metadata, unique, key);
        return manager.findOne(target, { where, ...(isLocking && locking) });
      },
      fillIn: (column, from, to) => fillIn(metadata, column, from, to),
      build: (created) => models.instanceOf(model, created) as T,
      tracking,
      insertUnless: (tracked, unique) =>
        this.writing.run(() => insertUnless(this.flushContext, tracked, unique)),
      fail: (error) => this.connection.fail(error),
      insert: (tracked) => this.writing.run(() => insertNow(this.flushContext, tracked)),
    };
    return this.writing.exclusively(async () => findOrCreate(context, model, key, create));
  }

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
          asked: this.flushContext,
          modelOf: (part) => this.#tracker.models.ofInstance(part),
          tracking: this.tracking,
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
    const conflict = this.tracking.expectVersion(entity, version);
    if (conflict) throw this.connection.fail(conflict);
  }

  afterCommit(callback: () => unknown): void {
    this.callbacks.push(checkAfterCommit(callback, this.#isHosted));
  }

  /** Refuses every further use by the user's code. */
  close(): void {
    this.isOpen = false;
  }
}
