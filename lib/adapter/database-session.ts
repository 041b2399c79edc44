import { QueryFailedError, type DataSource, type QueryRunner } from 'typeorm';
import type { ClusterSettings } from '../dialect/dialect';
import type { Reply, Row } from '../dialect/statement';
import { abortable } from '../support/abortable';
import type { Pass } from './pool-gate';
import type { PoolTurn } from './pool-turn';

/** What `QueryRunner.connect()` answers, as far as pg and mysql2 document it. */
interface DriverConnection {
  /** mysql2: closes the socket at once and leaves the pool. */
  destroy?(): void;
  /** pg: closes the socket at once if a query is running; the pool drops the client. */
  end?(): Promise<void> | void;
  /** pg: `'I'` idle, `'T'` in a transaction, `'E'` in a failed one. */
  getTransactionStatus?(): string | null;
  /** pg 8.21 and later. */
  readonly pipeline?: boolean;
  query(text: string): Promise<{ readonly command?: string }>;
}

/** TypeORM's structured result. */
export interface QueryResult {
  readonly records?: readonly Record<string, unknown>[];
  readonly affected?: number;
  /** What the driver answered. */
  readonly raw?: unknown;
}

export function replyOf(result: unknown): Reply {
  const { records, affected, raw } = result as QueryResult;
  if (isOfSeveral(raw)) return { rows: raw[0] as readonly Row[], affected };
  return { rows: records ?? [], affected };
}

/** mysql2: several statements that were sent as one answer their rows one by one, and a header at the end. */
function isOfSeveral(raw: unknown): raw is readonly unknown[] {
  return Array.isArray(raw) && Array.isArray(raw[0]);
}

/**
 * Whether a statement that was to commit by itself did not, as the flags of mysql2's answer say: a
 * transaction is open, or autocommit is off.
 *
 * @see https://dev.mysql.com/doc/dev/mysql-server/latest/mysql__com_8h.html (SERVER_STATUS_flags_enum)
 */
export function isLeftOpen({ raw }: QueryResult): boolean {
  const serverStatus = statusOf(raw);
  if (typeof serverStatus !== 'number') return false;
  const [inTransaction, autocommit] = [1, 2];
  return (serverStatus & inTransaction) !== 0 || (serverStatus & autocommit) === 0;
}

/** Whether mysql2's answer says that no transaction is open; that of a procedure comes last. */
function isOutside(answer: unknown): boolean {
  const { raw = answer } = answer as QueryResult;
  const serverStatus = statusOf(raw);
  return typeof serverStatus === 'number' && (serverStatus & 1) === 0;
}

function statusOf(raw: unknown): unknown {
  const last = isOfSeveral(raw) ? raw.at(-1) : raw;
  return ((last ?? {}) as { readonly serverStatus?: unknown }).serverStatus;
}

/** Connections whose server was asked. */
const toReadyServers = new WeakSet<DriverConnection>();

/** One connection of the pool, from taking it to giving it back. It judges nothing. */
export class DatabaseSession {
  readonly runner: QueryRunner;
  readonly #dataSource: DataSource;
  readonly #turn: PoolTurn;
  #pass: Pass | undefined;
  readonly #isHosted: boolean;
  #connecting: Promise<DriverConnection> | undefined;
  #connection: DriverConnection | undefined;
  #isDestroyed = false;

  /**
   * @param turn What is taken of it is left when the connection is back in the pool.
   * @param host Whose connection it is, if it is the caller's: he gives it back himself.
   */
  constructor(dataSource: DataSource, turn: PoolTurn, host?: QueryRunner) {
    this.#dataSource = dataSource;
    this.#turn = turn;
    this.#isHosted = host !== undefined;
    this.runner = host ?? dataSource.createQueryRunner('master');
  }

  get isConnected(): boolean {
    return this.#connection !== undefined && !this.#isDestroyed;
  }

  /** Whether the driver says that a transaction is open. */
  get isInTransaction(): boolean {
    const status = this.#connection?.getTransactionStatus?.();
    return status !== undefined && status !== null && status !== 'I';
  }

  /** Whether the driver says, after an answer, that no transaction is open; where it does not, `false`. */
  hasLeftTransaction(answer: unknown): boolean {
    const status = this.#connection?.getTransactionStatus?.();
    return status === 'I' || (status === undefined && isOutside(answer ?? {}));
  }

  /** pg: whether statements are sent without waiting for the answers of those before. */
  get isPipelining(): boolean {
    return this.#connection?.pipeline === true;
  }

  async connect(signal: AbortSignal): Promise<void> {
    this.#connecting = this.#enter();
    this.#connection = await abortable(this.#connecting, signal);
  }

  async #enter(): Promise<DriverConnection> {
    this.#pass = await this.#turn.take();
    return this.runner.connect() as Promise<DriverConnection>;
  }

  /**
   * Sends a statement.
   *
   * @param facade What subscribers to queries are shown as their query runner.
   */
  query(
    facade: QueryRunner,
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown> {
    const query = this.runner.query as (...args: unknown[]) => Promise<unknown>;
    return Reflect.apply(query, facade, [sql, parameters, isStructured]);
  }

  /** Sends statements that begin and end a transaction; one that was broken off has left it open. */
  async queryScript(
    facade: QueryRunner,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<unknown> {
    try {
      return await this.query(facade, sql, parameters, true);
    } catch (error) {
      await this.query(facade, 'ROLLBACK', [], true).catch(() => this.destroy());
      throw error;
    }
  }

  /** Whether the server behind the connection takes part in its cluster: asked once, when it is new. */
  async isReady({ askReady, isReady }: ClusterSettings, facade: QueryRunner): Promise<boolean> {
    const connection = this.#connection;
    if (!connection || toReadyServers.has(connection)) return true;
    const answer = await this.query(facade, askReady.sql, askReady.parameters, true);
    if (!isReady(replyOf(answer).rows)) return false;
    toReadyServers.add(connection);
    return true;
  }

  /** Commits past TypeORM, which drops the command tag: it alone tells a COMMIT that was refused. */
  async commitForTag(facade: QueryRunner): Promise<string | undefined> {
    this.#dataSource.logger.logQuery('COMMIT', undefined, facade);
    try {
      return (await this.#connection?.query('COMMIT'))?.command;
    } catch (error) {
      throw new QueryFailedError('COMMIT', undefined, error as Error);
    }
  }

  /** Closes the connection for good; the server rolls back what is open on it. */
  destroy(): void {
    if (!this.isConnected) return;
    this.#isDestroyed = true;
    if (this.#connection?.destroy) this.#connection.destroy();
    // It may be closed already; there is nobody left to tell.
    else Promise.resolve(this.#connection?.end?.()).catch(() => undefined);
  }

  /** Gives the connection back; one that is still awaited goes back when it comes. */
  async release(): Promise<void> {
    if (this.#isHosted) return;
    if (this.#connection) {
      await this.runner.release().finally(() => this.#pass?.leave());
      return;
    }
    // A runner that is released before its connection has come would keep it for good.
    const released = this.#connecting?.then(() => this.runner.release());
    Promise.resolve(released)
      .catch(() => undefined)
      .finally(() => this.#pass?.leave());
  }
}
