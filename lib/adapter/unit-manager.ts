import {
  EntityManager,
  type DataSource,
  type DeepPartial,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type SelectQueryBuilder,
} from 'typeorm';
import { UsageError } from '../errors/usage-error';
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

  constructor(dataSource: DataSource, runner: QueryRunner) {
    super(dataSource, runner);
    this.#dataSource = dataSource;
    this.#runner = runner;
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
