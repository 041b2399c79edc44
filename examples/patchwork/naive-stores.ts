// Ways to store a row with a unique key that was looked up and not found; each goes wrong in its own way.
import type { EntityManager, EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity';
import { conflictCode } from '../setup/conflict-code';

/** Stores a row; `where` is how it was looked up. */
export type Store = <T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  where: FindOptionsWhere<T>,
  row: QueryDeepPartialEntity<T>,
) => Promise<T>;

/** Whoever is second is refused, with everything that it had to store. */
export const insertOnly: Store = async (manager, entity, where, row) => {
  await manager.insert(entity, row);
  return manager.findOneByOrFail(entity, where);
};

/** Goes on with the row of whoever was first, and nobody hears of it. */
export const insertIgnoringDuplicates: Store = async (manager, entity, where, row) => {
  const insert = manager.createQueryBuilder().insert().into(entity).values(row);
  await insert.orIgnore().updateEntity(false).execute();
  return manager.findOneByOrFail(entity, where);
};

/** The same by way of the error. */
export const insertCatchingDuplicates: Store = async (manager, entity, where, row) => {
  try {
    await manager.insert(entity, row);
  } catch (error) {
    if (!['23505', '1062'].includes(conflictCode(error) ?? '')) throw error;
  }
  return manager.findOneByOrFail(entity, where);
};
