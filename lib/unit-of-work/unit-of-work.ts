import type {
  DataSource,
  EntityManager,
  EntityTarget,
  FindManyOptions,
  FindOneOptions,
  FindOptionsWhere,
  ObjectLiteral,
  Repository,
} from 'typeorm';
import { UnitClosedError } from '../errors/unit-closed-error';
import { UsageError } from '../errors/usage-error';
import type { RowVersion } from '../model/row-version';
import { assignColumns } from './assign';
import type { Attempt } from './attempt';

/** Conditions as TypeORM takes them: one set, or several of which one must hold. */
type Where<T> = FindOptionsWhere<T> | FindOptionsWhere<T>[];

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

  /** @internal */
  get dataSource(): DataSource {
    return this.#attempt.dataSource;
  }

  /** @internal */
  get isOpen(): boolean {
    return this.#attempt.isOpen;
  }

  getRepository<T extends ObjectLiteral>(entity: EntityTarget<T>): Repository<T> {
    return this.#open().manager.getRepository(entity);
  }

  async find<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    options?: FindManyOptions<T>,
  ): Promise<T[]> {
    return this.#open().load((manager) => manager.find(entity, options));
  }

  async findBy<T extends ObjectLiteral>(entity: EntityTarget<T>, where: Where<T>): Promise<T[]> {
    return this.#open().load((manager) => manager.findBy(entity, where));
  }

  async findOne<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    options: FindOneOptions<T>,
  ): Promise<T | null> {
    return this.#open().load((manager) => manager.findOne(entity, options));
  }

  async findOneBy<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    where: Where<T>,
  ): Promise<T | null> {
    return this.#open().load((manager) => manager.findOneBy(entity, where));
  }

  /** @throws TypeORM's EntityNotFoundError. */
  async findOneOrFail<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    options: FindOneOptions<T>,
  ): Promise<T> {
    return this.#open().load((manager) => manager.findOneOrFail(entity, options));
  }

  /** @throws TypeORM's EntityNotFoundError. */
  async findOneByOrFail<T extends ObjectLiteral>(
    entity: EntityTarget<T>,
    where: Where<T>,
  ): Promise<T> {
    return this.#open().load((manager) => manager.findOneByOrFail(entity, where));
  }

  /**
   * Inserts new entities at the next flush: never a SELECT or an UPDATE first.
   *
   * @throws {UsageError} It is no entity, or belongs to a unit already.
   */
  add(entities: object | readonly object[]): void {
    for (const entity of listOf(entities)) this.#open().tracking.add(entity);
  }

  /**
   * Deletes the rows of tracked entities at the next flush, if their versions still match.
   *
   * @throws {UsageError} The unit does not track the entity: `attach()` it first.
   */
  remove(entities: object | readonly object[]): void {
    for (const entity of listOf(entities)) this.#open().tracking.remove(entity);
  }

  /**
   * Tracks an entity that was loaded elsewhere, at the version it carries.
   *
   * The flush reads its row: another version is a conflict that is not replayed, because reading
   * again could not cure it; every loaded column that differs from the row is written.
   *
   * @throws {UsageError} It carries no key or no version, or the unit tracks its row already.
   */
  attach<T extends object>(entity: T): T {
    this.#open().tracking.attach(entity);
    return entity;
  }

  /**
   * Copies the named, mapped, updatable columns of a client's object, and nothing else.
   *
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
   *
   * @throws {ConcurrencyError} They differ. Not replayed: the client has seen an older row.
   * @throws {UsageError} The version is no whole number, or the entity has none.
   */
  expectVersion(entity: object, version: RowVersion): void {
    this.#open().expectVersion(entity, version);
  }

  /**
   * Moves the row version at the next flush even if no column changed.
   *
   * @throws {UsageError} The entity has no row version.
   */
  forceIncrement(entity: object): void {
    this.#open().tracking.forceIncrement(entity);
  }

  /**
   * Compares the version of a row that was only read when the unit is written, and keeps rivals
   * from changing it until the commit.
   *
   * For what was decided by a row that is not written (write skew): two units that each read what
   * the other changes can otherwise both commit.
   *
   * @throws {UsageError} The entity has no row version.
   * @see https://www.postgresql.org/docs/current/transaction-iso.html (serialization anomalies)
   */
  assertUnchanged(entity: object): void {
    this.#open().tracking.assertUnchanged(entity);
  }

  /**
   * Locks rows until the unit ends (`SELECT … FOR UPDATE`), in key order.
   *
   * @throws {ConcurrencyError} A row has moved since the unit read it.
   */
  async lock(entities: object | readonly object[]): Promise<void> {
    await this.#open().lock(listOf(entities));
  }

  /**
   * Writes what has changed so far; keys and versions are in memory afterwards.
   *
   * @throws {ConcurrencyError} Naming every row that another writer changed or deleted.
   */
  async flush(): Promise<void> {
    await this.#open().flush();
  }

  /**
   * Forgets everything that is tracked, for bulk work in portions.
   *
   * @throws {UsageError} There are changes that were not flushed.
   */
  clear(): void {
    this.#open().tracking.clear();
  }

  /**
   * Runs a function once, after the commit is confirmed, outside the unit; never for an attempt
   * that failed.
   *
   * @throws {AfterCommitError} From `unitOfWork`, if the function fails: the changes are stored.
   */
  afterCommit(callback: () => unknown): void {
    if (typeof callback !== 'function') throw new UsageError('afterCommit() takes a function');
    this.#open().callbacks.push(callback);
  }

  #open(): Attempt {
    if (!this.#attempt.isOpen) throw new UnitClosedError('The unit of work has ended');
    return this.#attempt;
  }
}

function listOf(entities: object | readonly object[]): readonly object[] {
  return Array.isArray(entities) ? (entities as object[]) : [entities];
}
