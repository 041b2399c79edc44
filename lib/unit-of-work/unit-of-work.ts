import type {
  DeepPartial,
  EntityManager,
  EntityTarget,
  FindOptionsWhere,
  ObjectLiteral,
  Repository,
} from 'typeorm';
import { UnitClosedError } from '../errors/unit-closed-error';
import type { Amount } from '../model/increment';
import type { RowVersion } from '../model/row-version';
import { listOf } from '../support/list-of';
import { assignColumns } from './assign';
import type { Attempt } from './attempt';
import type { FoundOrCreated } from './find-or-create';
import { reader } from './reader';
import type { PartOfRelation } from './replace-parts';
import { runSavepoint } from './savepoint';

/**
 * What a unit's function works with: reads that are tracked, and what must be said beside them.
 *
 * A plain assignment to a tracked entity is all that is needed to change it. The unit is written
 * when the function returns; ids and versions are final when `unitOfWork` resolves, or after
 * `flush()`.
 */
export class UnitOfWork {
  readonly #attempt: Attempt;

  /** @internal Units are made by `unitOfWork()`. */
  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  /** 1 for the first run of the function. */
  get attempt(): number {
    return this.#attempt.number;
  }

  /** Aborted when the unit is given up: hand it to whatever takes long. */
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }

  /** TypeORM's EntityManager on the unit's connection: whatever it loads is tracked. */
  get manager(): EntityManager {
    return this.#attempt.manager;
  }

  getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    return this.#open().manager.getRepository(entity);
  }

  readonly find = reader(() => this.#open(), 'find');
  readonly findBy = reader(() => this.#open(), 'findBy');
  readonly findOne = reader(() => this.#open(), 'findOne');
  readonly findOneBy = reader(() => this.#open(), 'findOneBy');
  /** @throws TypeORM's EntityNotFoundError. */
  readonly findOneOrFail = reader(() => this.#open(), 'findOneOrFail');
  /** @throws TypeORM's EntityNotFoundError. */
  readonly findOneByOrFail = reader(() => this.#open(), 'findOneByOrFail');

  /**
   * Inserts new entities at the next flush: never a SELECT or an UPDATE first.
   * @throws {UsageError} One is no entity, or belongs to a unit already; none is added then.
   * @throws {MappingError} Its rows cannot be written: it is a view or a tree entity, or has no key.
   */
  add(entities: object | readonly object[]): void {
    this.#open().tracking.add(listOf(entities));
  }

  /**
   * Deletes the rows of tracked entities at the next flush, if their versions still match.
   * @throws {UsageError} The unit does not track one of them: `attach()` it first. None is removed then.
   */
  remove(entities: object | readonly object[]): void {
    this.#open().tracking.remove(listOf(entities));
  }

  /**
   * Sets the delete date of tracked entities, if they have none: a change that is checked like any other.
   * @throws {UsageError} An entity has no `@DeleteDateColumn`; none is removed then.
   */
  softRemove(entities: object | readonly object[]): void {
    this.#open().tracking.softRemove(listOf(entities));
  }

  /** Clears the delete date of tracked entities, which are found `withDeleted`. */
  recover(entities: object | readonly object[]): void {
    this.#open().tracking.recover(listOf(entities));
  }

  /**
   * Finds the entity that has a unique key, or creates it: of several writers one is first, and all get
   * the entity of that one. `created` says who it was.
   *
   * `create` only builds: what it adds to the unit is dropped if another writer was first. The row is
   * written at once. Values of the key that `create` leaves out are filled in.
   * @param key The values of one unique constraint, by their properties.
   * @throws {MappingError} No unique constraint stands on exactly this key.
   * @throws {UsageError} `create` made another key, or no new entity.
   * @throws The driver's error, if the new row collides with another constraint.
   * @example
   *   const { entity, created } = await uow.findOrCreate(Person, { email }, () => ({ email, name }));
   */
  async findOrCreate<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    key: FindOptionsWhere<NoInfer<T>>,
    create: () => DeepPartial<NoInfer<T>> | Promise<DeepPartial<NoInfer<T>>>,
  ): Promise<FoundOrCreated<T>> {
    return this.#open().findOrCreate(entity, key, create);
  }

  /**
   * Tracks an entity that was loaded elsewhere, at the version it carries.
   *
   * The flush reads its row: another version is a conflict that is not replayed, because reading
   * again could not cure it; every loaded column that differs from the row is written.
   * @throws {UsageError} It carries no key or no version, or the unit tracks its row already.
   */
  attach<T extends object>(entity: T): T {
    this.#open().tracking.attach(entity);
    return entity;
  }

  /**
   * Copies the named, mapped, updatable columns of a client's object, and nothing else.
   * @throws {UsageError} A name is no such column.
   * @example
   *   uow.assign(account, request.body, { only: ['owner', 'limit'] });
   */
  assign(entity: object, dto: object, { only }: { readonly only: readonly string[] }): void {
    assignColumns(this.#open().tracking.trackedOrFail(entity).model, entity, dto, only);
  }

  /**
   * Compares a version that came from outside, a form or an If-Match header, with the one loaded,
   * and again when the unit is written.
   * @throws {ConcurrencyError} They differ. Not replayed: the client has seen an older row.
   * @throws {UsageError} The version is no whole number, or the entity has none.
   */
  expectVersion(entity: object, version: RowVersion): void {
    this.#open().expectVersion(entity, version);
  }

  /**
   * Makes the parts of a root those that are given: what is there already is changed, what is missing
   * is added, what is left over is removed at the next flush, and what is equal is left alone.
   * Reads the stored parts itself. They are matched by their key without that of the root, or by the
   * properties of `matchBy`. Only mapped columns are copied: never a key that exists, nor a version.
   * @throws {UsageError} Two parts are the same, the relation was edited, or loaded with a condition.
   * @throws {MappingError} The parts are not decorated with `@PartOf`.
   * @example
   *   await uow.replaceParts(order, 'lines', [{ sku: 'bolt', amount: 3 }, { sku: 'nut', amount: 5 }]);
   */
  async replaceParts<T extends object, K extends keyof T & string>(
    root: T,
    relation: K,
    parts: readonly DeepPartial<PartOfRelation<T[K]>>[],
    { matchBy }: { readonly matchBy?: readonly (keyof PartOfRelation<T[K]> & string)[] } = {},
  ): Promise<void> {
    await this.#open().replaceParts(root, relation, parts as readonly object[], matchBy);
  }

  /**
   * Adds an amount to a column by SQL arithmetic at the next flush; the new value is in memory then.
   * Additions commute, so the row version is moved and not checked. Long exact numbers are text.
   * @throws {UsageError} The column is not numeric, or was assigned as well.
   * @throws {BoundError} From the flush: the column would be less than `min` or more than `max`.
   * @example
   *   uow.increment(account, 'balance', -10, { min: 0 });
   */
  increment<T extends object>(
    entity: T,
    column: keyof T & string,
    by: Amount,
    bounds: { readonly min?: Amount; readonly max?: Amount } = {},
  ): void {
    this.#open().tracking.increment(entity, column, { ...bounds, by });
  }

  /**
   * Moves the row version at the next flush even if no column changed.
   * @throws {UsageError} The entity has no row version.
   */
  forceIncrement(entity: object): void {
    this.#open().tracking.forceIncrement(entity);
  }

  /**
   * Compares the version of a row that was only read when the unit is written, and keeps rivals from
   * changing it until the commit: by a lock, or on a cluster by moving its version.
   * For what was decided by a row that is not written (write skew): two units that each read what
   * the other changes can otherwise both commit.
   * @throws {UsageError} The entity has no row version.
   * @see https://www.postgresql.org/docs/current/transaction-iso.html (serialization anomalies)
   */
  assertUnchanged(entity: object): void {
    this.#open().tracking.assertUnchanged(entity);
  }

  /**
   * Locks rows until the unit ends (`SELECT … FOR UPDATE`), in key order.
   * @throws {ConcurrencyError} A row has moved since the unit read it.
   */
  async lock(entities: object | readonly object[]): Promise<void> {
    await this.#open().lock(listOf(entities));
  }

  /**
   * Runs a part of the unit that may fail by itself: then nothing of it is written.
   * What it assigned stays in the objects; a row that it has loaded or changed is to be loaded again. An
   * error that ends the transaction, and a lost race, end the unit.
   * @throws What the part throws.
   */
  async savepoint<T>(part: () => Promise<T>): Promise<T> {
    return runSavepoint(this.#open(), part);
  }

  /**
   * Writes what has changed so far; keys and versions are in memory afterwards.
   * @throws {ConcurrencyError} Naming every row that another writer changed or deleted.
   */
  async flush(): Promise<void> {
    await this.#open().flush();
  }

  /**
   * Forgets everything that is tracked, for bulk work in portions.
   * @throws {UsageError} There are changes that were not flushed.
   */
  clear(): void {
    this.#open().tracking.clear();
  }

  /**
   * Runs a function once, after the commit is confirmed, outside the unit; never for an attempt
   * that failed.
   * @throws {AfterCommitError} From `unitOfWork`, if the function fails: the changes are stored.
   */
  afterCommit(callback: () => unknown): void {
    this.#open().afterCommit(callback);
  }

  #open(): Attempt {
    if (!this.#attempt.isOpen) throw new UnitClosedError('The unit of work has ended');
    return this.#attempt;
  }
}
