import type { QueryRunner } from 'typeorm';
import { UsageError } from '../errors/usage-error';

/** What the facade asks of its unit. */
export interface FacadeHandlers {
  query(
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown>;
  /** The connection of the transaction, or of the statement that is being sent. */
  connect(): Promise<unknown>;
  isTransactionActive(): boolean;
  isReleased(): boolean;
}

/**
 * The QueryRunner that TypeORM and the user see in a unit.
 *
 * The unit owns the transaction: a BEGIN beneath TypeORM's counter would let an inner
 * `manager.transaction` commit what the unit then rolls back. So no real runner is ever shown, not
 * even to subscribers; they change with the connections that statements are sent on.
 *
 * @param real A runner without a connection, for all that asks none.
 */
export function createFacade(real: QueryRunner, handlers: FacadeHandlers): QueryRunner {
  const own: Record<PropertyKey, unknown> = {
    query: (sql: string, parameters?: unknown[], isStructured = false) =>
      handlers.query(sql, parameters, isStructured),
    connect: () => handlers.connect(),
    stream: () => refuse('stream()', 'stream through a query runner of your own'),
    startTransaction: () => refuse('a transaction', 'the unit is one already'),
    commitTransaction: () => refuse('commitTransaction()', 'it commits when its function returns'),
    rollbackTransaction: () =>
      refuse('rollbackTransaction()', 'throw an error, and it is rolled back'),
    release: () => refuse('release()', 'it gives its connection back itself'),
  };
  const facade = new Proxy(real, {
    get(target, property) {
      if (property === 'isTransactionActive') return handlers.isTransactionActive();
      if (property === 'isReleased') return handlers.isReleased();
      if (Object.hasOwn(own, property)) return own[property];
      // On the target, not on the proxy: getters of TypeORM read their own fields.
      return Reflect.get(target, property, target) as unknown;
    },
  });
  // Events carry the runner of their broadcaster.
  const Broadcaster = real.broadcaster.constructor as new (
    runner: QueryRunner,
  ) => QueryRunner['broadcaster'];
  own['broadcaster'] = new Broadcaster(facade);
  return facade;
}

function refuse(what: string, instead: string): Promise<never> {
  return Promise.reject(new UsageError(`a unit of work takes no ${what} of its own: ${instead}`));
}
