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
import { TrackingQueryBuilder } from './tracking-query-builder';

/** Methods that write at once and without a check, with what to call instead. */
const writingMethods = {
  save: 'add() a new entity; a loaded one is written when it was changed',
  insert: 'add()',
  update: 'load the entities and change them',
  upsert: 'load the entity and change it, or add() a new one',
  remove: 'remove() of the unit of work',
  delete: 'load the entities and remove() them',
  softRemove: 'set the delete date of the loaded entity',
  softDelete: 'set the delete date of the loaded entities',
  recover: 'clear the delete date of the loaded entity',
  restore: 'clear the delete date of the loaded entities',
  increment: 'load the entity and change it',
  decrement: 'load the entity and change it',
  clear: 'a statement outside the unit of work',
  clearAll: 'a statement outside the unit of work',
  updateAll: 'load the entities and change them',
  deleteAll: 'load the entities and remove() them',
} as const;

/** The EntityManager of a unit: reads are TypeORM's and tracked, writes go through the unit. */
export class UnitManager extends EntityManager {
  readonly #dataSource: DataSource;
  readonly #runner: QueryRunner;
  readonly #finder: KeyFinder;

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

for (const [method, instead] of Object.entries(writingMethods)) {
  Object.defineProperty(UnitManager.prototype, method, {
    configurable: true,
    value: () =>
      Promise.reject(
        new UsageError(
          `${method}() would write without checking row versions inside a unit of work: ${instead}`,
        ),
      ),
  });
}
