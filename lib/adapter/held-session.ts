import type { DataSource, QueryRunner } from 'typeorm';
import type { ClusterSettings } from '../dialect/dialect';
import { abortable } from '../support/abortable';
import { DatabaseSession } from './database-session';
import type { PoolTurn } from './pool-turn';

interface HeldSessionOptions {
  readonly dataSource: DataSource;
  readonly signal: AbortSignal;
  readonly turn: PoolTurn;
  /** What subscribers to queries are shown. */
  readonly runner: QueryRunner;
  /** Whose connection it is, if it is the caller's. */
  readonly host?: QueryRunner | undefined;
}

/**
 * The connection that an attempt works on: one of the pool for as long as a statement takes, until
 * one is kept for the transaction.
 */
export class HeldSession {
  /** Was a connection closed because nobody could tell any more what goes on on it? */
  isDestroyed = false;
  /** If it is known, connections to a server that does not take part are refused. */
  cluster: ClusterSettings | undefined;
  readonly #dataSource: DataSource;
  readonly #signal: AbortSignal;
  readonly #turn: PoolTurn;
  readonly #facade: QueryRunner;
  readonly #host: QueryRunner | undefined;
  #session: DatabaseSession | undefined;
  #isKept = false;

  constructor({ dataSource, signal, turn, runner, host }: HeldSessionOptions) {
    this.#dataSource = dataSource;
    this.#signal = signal;
    this.#turn = turn;
    this.#facade = runner;
    this.#host = host;
  }

  /** The connection in use, if one is. */
  get current(): DatabaseSession | undefined {
    return this.#session;
  }

  /** Runs something with a connection, and gives that back unless it is kept meanwhile. */
  async use<T>(run: (session: DatabaseSession) => Promise<T>): Promise<T> {
    if (this.#session) return run(this.#session);
    const session = await this.#take();
    try {
      return await run(session);
    } finally {
      if (!this.#isKept) await this.release();
    }
  }

  /** Keeps a connection until `release()`. */
  async keep(): Promise<DatabaseSession> {
    this.#isKept = true;
    return this.#session ?? this.#take();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#session?.destroy();
  }

  /** Gives the connection back to the pool. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  /** A connection on which somebody has left a transaction open is closed: nothing sent on it commits. */
  async #take(): Promise<DatabaseSession> {
    for (;;) {
      const session = new DatabaseSession(this.#dataSource, this.#turn, this.#host);
      // Before anything is awaited: whoever sends something meanwhile uses the same one.
      this.#session = session;
      try {
        await session.connect(this.#signal);
      } catch (error) {
        await this.release();
        throw new ConnectError(error);
      }
      if (this.#host) return session;
      if (!session.isInTransaction) return this.#readyOne(session);
      session.destroy();
      await this.release();
    }
  }

  async #readyOne(session: DatabaseSession): Promise<DatabaseSession> {
    if (!this.cluster) return session;
    const asked = session.isReady(this.cluster, this.#facade);
    const cause = await abortable(asked, this.#signal).then(
      (isReady) => (isReady ? undefined : new Error('it says so')),
      (error: unknown) => error,
    );
    if (cause === undefined) return session;
    session.destroy();
    await this.release();
    throw new NotReadyError(cause);
  }
}

/** The server behind a connection does not take part in its cluster, or did not answer; `cause` says more. */
export class NotReadyError extends Error {
  constructor(cause: unknown) {
    super('The server is not ready to take part in its cluster', { cause });
  }
}

/** No connection could be taken from the pool; `cause` says why. */
export class ConnectError extends Error {
  constructor(cause: unknown) {
    super('no connection could be taken from the pool', { cause });
  }
}
