import type { DataSource, EntityManager } from 'typeorm';
import { EntityEvents } from '../adapter/entity-events';
import { PartRelation } from '../adapter/part-relation';
import { registerTracker, Tracker } from '../adapter/tracker';
import { UnitConnection } from '../adapter/unit-connection';
import { UnitManager } from '../adapter/unit-manager';
import { ConcurrencyError } from '../errors/concurrency-error';
import { UsageError } from '../errors/usage-error';
import { conflictError, lostRow } from '../flush/conflicts';
import { findStaleRows } from '../flush/find-stale-rows';
import { flush } from '../flush/flush';
import type { FlushContext } from '../flush/flush-context';
import { lockRows } from '../flush/lock-rows';
import { isRowVersion } from '../model/row-version';
import { Exclusive } from '../support/exclusive';
import { assertionOf } from '../write-set/collect-changes';
import { planLocks } from '../write-set/lock-plan';
import type { DataSourceContext } from './context';
import { EntityTracking } from './entity-tracking';
import { replaceParts } from './replace-parts';

/** One run of a unit's function: a transaction and an identity map of its own. */
export class Attempt {
  readonly number: number;
  readonly signal: AbortSignal;
  readonly dataSource: DataSource;
  readonly connection: UnitConnection;
  readonly manager: EntityManager;
  readonly tracking: EntityTracking;
  /** What runs after the commit. */
  readonly callbacks: (() => unknown)[] = [];
  readonly #tracker: Tracker;
  readonly #flushContext: FlushContext;
  readonly #flushes = new Exclusive();
  #pending = 0;
  #isOpen = true;

  constructor(context: DataSourceContext, number: number, signal: AbortSignal) {
    const { dataSource, dialect, models, catalog } = context;
    this.number = number;
    this.signal = signal;
    this.dataSource = dataSource;
    this.connection = new UnitConnection(dataSource, dialect, signal);
    this.manager = new UnitManager(dataSource, this.connection.runner);
    this.#tracker = new Tracker(dataSource, models, (error) => this.connection.fail(error));
    registerTracker(this.connection.runner, this.#tracker);
    this.tracking = new EntityTracking(this.#tracker);
    this.#flushContext = {
      dialect,
      catalog,
      connection: this.connection,
      map: this.#tracker.map,
      listeners: new EntityEvents(dataSource, this.connection.runner, models),
      undo: [],
    };
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Operations of the user's code that have begun and not ended. */
  get pending(): number {
    return this.#pending + this.#tracker.pending + this.connection.pending;
  }

  load<T>(load: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#during(() => load(this.manager));
  }

  /** Writes what changed. */
  flush(): Promise<void> {
    return this.#write(() => flush(this.#flushContext));
  }

  lock(entities: readonly object[]): Promise<void> {
    const assertions = entities.map((entity) => {
      const tracked = this.tracking.trackedOrFail(entity);
      if (tracked.state === 'new') {
        throw new UsageError(`a new ${tracked.model.entityName} has no row to lock yet`);
      }
      return assertionOf(tracked, 'lock', 'delete');
    });
    const plan = planLocks({ writes: [], assertions });
    return this.#write(() => lockRows(this.#flushContext, plan));
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
    return this.#during(() =>
      replaceParts(
        {
          manager: this.manager,
          map: this.#tracker.map,
          undo: this.#flushContext.undo,
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
    if (version === tracked.version) return;
    const assertion = { ...assertionOf(tracked, 'expect-version', 'share'), expected: version };
    throw this.connection.fail(conflictError([lostRow(assertion, tracked.version)]));
  }

  /** Refuses every further use by the user's code. */
  close(): void {
    this.#isOpen = false;
  }

  /** Takes back what the library wrote into entities; new objects can be added again. */
  undo(): void {
    for (const undo of this.#flushContext.undo.splice(0).toReversed()) {
      try {
        undo();
      } catch {
        // An entity that the user froze stays as it is; the others are still taken back.
      }
    }
  }

  disownNew(): void {
    const { map } = this.#tracker;
    for (const tracked of map.all()) if (tracked.state === 'new') map.disown(tracked);
  }

  /**
   * Names the rows behind an error with which the database named none, by a read after the rollback.
   *
   * The read is a help for whoever reads the error: if it fails, the error goes out without.
   */
  async nameConflicts(error: ConcurrencyError): Promise<ConcurrencyError> {
    const connection = this.connection.afterRollback();
    if (!connection || error.conflicts.length > 0) return error;
    const conflicts = await findStaleRows({ ...this.#flushContext, connection }).catch(() => []);
    const isReplayable = conflicts.every(({ entity }) => {
      return this.#tracker.map.get(entity as object)?.isReplayable !== false;
    });
    const { cause, kind, replayable } = error;
    return new ConcurrencyError(kind, conflicts, { cause, replayable: replayable && isReplayable });
  }

  /** One at a time; an error ends the unit, for nothing tells how far it had come. */
  async #write(work: () => Promise<void>): Promise<void> {
    if (this.#flushes.isInside) {
      throw new UsageError('a listener cannot flush or lock: the unit is being written already');
    }
    await this.#during(() =>
      this.#flushes.run(work).catch((error: unknown) => {
        throw this.connection.fail(error);
      }),
    );
  }

  async #during<T>(operation: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await operation();
    } finally {
      this.#pending--;
    }
  }
}
