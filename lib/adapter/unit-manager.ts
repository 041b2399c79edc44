import {
  EntityManager,
  type DataSource,
  type DeepPartial,
  type EntityTarget,
  type FindManyOptions,
  type FindOneOptions,
  type FindOptionsWhere,
  type ObjectLiteral,
  type QueryRunner,
  type SelectQueryBuilder,
} from 'typeorm';
import { UsageError } from '../errors/usage-error';
import type { KeyFinder } from './find-by-key';
import { managerMethods } from './manager-methods';
import { TrackingQueryBuilder } from './tracking-query-builder';
import { writerOf } from './unit-writer';

/** What SQL begins with that changes rows, as far as that can be told. */
const changesRows = /^\s*(?:call|delete|insert|merge|replace|update|with)\b/i;

/** The EntityManager of a unit: reads are TypeORM's and tracked, writes go through the unit. */
export class UnitManager extends EntityManager {
  readonly #dataSource: DataSource;
  readonly #runner: QueryRunner;
  readonly #finder: KeyFinder;

  static {
    for (const [name, method] of Object.entries(managerMethods)) {
      Object.defineProperty(UnitManager.prototype, name, {
        configurable: true,
        value(this: UnitManager, ...args: unknown[]) {
          return method(this.#dataSource, this.#runner, ...args);
        },
      });
    }
  }

  constructor(dataSource: DataSource, runner: QueryRunner, finder: KeyFinder) {
    super(dataSource, runner);
    this.#dataSource = dataSource;
    this.#runner = runner;
    this.#finder = finder;
  }

  override async findBy<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    where: FindOptionsWhere<Entity> | FindOptionsWhere<Entity>[],
  ): Promise<Entity[]> {
    const metadata = this.#dataSource.getMetadata(target);
    const found = await this.#finder.find(metadata, where, Infinity);
    return (found as Entity[] | undefined) ?? super.findBy(target, where);
  }

  override async findOneBy<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    where: FindOptionsWhere<Entity> | FindOptionsWhere<Entity>[],
  ): Promise<Entity | null> {
    const found = await this.#finder.find(this.#dataSource.getMetadata(target), where, 1);
    return found ? ((found[0] as Entity | undefined) ?? null) : super.findOneBy(target, where);
  }

  override find<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    options?: FindManyOptions<Entity>,
  ): Promise<Entity[]> {
    return hasWhereAlone(options)
      ? this.findBy(target, options.where)
      : super.find(target, options);
  }

  override findOne<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    options: FindOneOptions<Entity>,
  ): Promise<Entity | null> {
    return hasWhereAlone(options)
      ? this.findOneBy(target, options.where)
      : super.findOne(target, options);
  }

  override createQueryBuilder<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    alias: string,
    runner?: QueryRunner,
  ): SelectQueryBuilder<Entity>;
  override createQueryBuilder(runner?: QueryRunner): SelectQueryBuilder<ObjectLiteral>;
  override createQueryBuilder(
    target?: EntityTarget<ObjectLiteral> | QueryRunner,
    alias?: string,
    runner: QueryRunner = this.#runner,
  ): SelectQueryBuilder<ObjectLiteral> {
    const builder = new TrackingQueryBuilder<ObjectLiteral>(this.#dataSource, runner);
    if (alias === undefined || target === undefined) return builder;
    const metadata = this.#dataSource.getMetadata(target as EntityTarget<ObjectLiteral>);
    return builder.select(alias).from(metadata.target, alias);
  }

  /** SQL of the user's own is sent as it stands, after what was to be written before it. */
  override async query<T>(sql: string, parameters?: unknown[]): Promise<T> {
    const send = () => super.query<T>(sql, parameters);
    const writer = changesRows.test(sql) ? writerOf(this.#runner) : undefined;
    return writer ? writer.statement(undefined, send) : send();
  }

  /** TypeORM's own reads on another connection, outside the unit's transaction. */
  override async preload<Entity extends ObjectLiteral>(
    target: EntityTarget<Entity>,
    like: DeepPartial<Entity>,
  ): Promise<Entity | undefined> {
    const key = this.#dataSource.getMetadata(target).getEntityIdMap(like);
    if (!key) throw new UsageError('preload() needs an object with all values of the key');
    const found = await this.createQueryBuilder(target, 'preloaded').whereInIds(key).getOne();
    return found ? this.merge(target, found, like) : undefined;
  }
}

function hasWhereAlone<Entity>(
  options: FindOneOptions<Entity> | undefined,
): options is { where: FindOptionsWhere<Entity> | FindOptionsWhere<Entity>[] } {
  return options?.where !== undefined && Object.keys(options).length === 1;
}
