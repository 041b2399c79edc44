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
export const insertOnly: Store = async <T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  _where: FindOptionsWhere<T>,
  row: QueryDeepPartialEntity<T>,
) => {
  await manager.insert(entity, row);
  // The key that the database has made is in it now.
  return row as T;
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
    if (!isDuplicate(error)) throw error;
  }
  return manager.findOneByOrFail(entity, where);
};

export const isDuplicate = (error: unknown): boolean =>
  ['23505', '1062'].includes(conflictCode(error) ?? '');
