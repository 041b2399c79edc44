import type { EntityManager } from 'typeorm';
import type { Attempt } from './attempt';

type FindMethod = 'find' | 'findBy' | 'findOne' | 'findOneBy' | 'findOneOrFail' | 'findOneByOrFail';

/** A method of TypeORM's manager as one of a unit, with the same signature. */
export function reader<M extends FindMethod>(open: () => Attempt, method: M): EntityManager[M] {
  const read = async (...args: unknown[]): Promise<unknown> =>
    open().load((manager) => Reflect.apply(manager[method], manager, args));
  // What it takes and gives is what the method does.
  return read as EntityManager[M];
}
