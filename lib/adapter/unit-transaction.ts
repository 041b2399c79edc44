import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  type DataSource,
  type QueryRunner,
} from 'typeorm';
import type { Dialect, IsolationLevel, ServerSettings } from '../dialect/dialect';
import type { Phase } from '../dialect/error-table';
import type { Statement } from '../dialect/statement';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { TransactionFailedError } from '../errors/transaction-failed-error';
import { TransientError } from '../errors/transient-error';
import { abortable } from '../support/abortable';
import { isLeftOpen, type DatabaseSession, type QueryResult } from './database-session';
import { diagnose } from './driver-error';
import { ConnectError, HeldSession } from './held-session';

export interface TransactionOptions {
  readonly dataSource: DataSource;
  readonly dialect: Dialect;
  readonly isolation: IsolationLevel;
  /** Whether a database that cannot be reached has never been reached by this unit. */
  readonly isFirstAttempt: boolean;
  readonly signal: AbortSignal;
  /** What subscribers are shown. */
  readonly runner: QueryRunner;
  /** Told of every error, as the unit will throw it. */
  readonly fail: <E>(error: E) => E;
}

/** The transaction of an attempt, and the connection that it keeps from BEGIN on. */
export class UnitTransaction {
  readonly #options: TransactionOptions;
  readonly #held: HeldSession;
  #usualIsolation: IsolationLevel | undefined;
  #isBegun = false;
  #isDeciding = false;
  #isReached: boolean;

  constructor(options: TransactionOptions) {
    this.#options = options;
    this.#held = new HeldSession(options.dataSource, options.signal);
    this.#isReached = !options.isFirstAttempt;
  }

  adapt({ isolation }: ServerSettings): void {
    this.#usualIsolation = isolation;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Whether what commits was sent. */
  get isDeciding(): boolean {
    return this.#isDeciding;
  }

  /** Whether a connection was closed because nobody could tell what goes on on it. */
  get isLost(): boolean {
    return this.#held.isDestroyed;
  }

  async begin(): Promise<void> {
    if (this.#isBegun) return;
    const { dialect, isolation, fail } = this.#options;
    await this.#connected(() => this.#held.keep());
    await this.#broadcastInTime('BeforeTransactionStart').catch((error: unknown) => {
      throw fail(error);
    });
    this.#isBegun = true;
    for (const { sql, parameters } of dialect.begin(isolation, this.#usualIsolation)) {
      await this.query('begin', sql, parameters, true);
    }
    await this.#broadcastInTime('AfterTransactionStart').catch((error: unknown) => {
      throw fail(error);
    });
  }

  /** The driver's own connection: of the transaction, or of the statement that is being sent. */
  connection(): Promise<unknown> | undefined {
    return this.#held.current?.runner.connect() as Promise<unknown> | undefined;
  }

  /** Sends a statement, in the transaction if it was begun; an error ends the unit. */
  query(
    phase: Exclude<Phase, 'commit'>,
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown> {
    const { runner } = this.#options;
    return this.#connected(() =>
      this.#held.use((session) =>
        this.#judged(phase, () => session.query(runner, sql, parameters, isStructured)),
      ),
    );
  }

  /**
   * Sends a statement that is the whole transaction; its errors are judged as those of COMMIT.
   *
   * @throws {TransientError} It was not: somebody had left a transaction open on the connection.
   */
  queryAlone(sql: string, parameters: readonly unknown[] | undefined): Promise<unknown> {
    const { runner, fail } = this.#options;
    return this.#connected(() =>
      this.#held.use(async (session) => {
        const send = () => session.query(runner, sql, parameters, true).catch(asDriverError);
        const result = await this.#judged('commit', send);
        if (!session.isInTransaction && !isLeftOpen(result as QueryResult)) return result;
        this.destroy();
        throw fail(
          new TransientError('somebody had left a transaction open on the connection of the pool'),
        );
      }),
    );
  }

  /** The same for a read after the end, whose errors are nobody's business. */
  readAfterwards({ sql, parameters }: Statement): Promise<unknown> {
    const { runner, signal } = this.#options;
    const destroy = () => this.destroy();
    return this.#held.use(async (session) => {
      signal.addEventListener('abort', destroy);
      try {
        return await abortable(session.query(runner, sql, parameters, true), signal);
      } finally {
        signal.removeEventListener('abort', destroy);
      }
    });
  }

  /** Told before COMMIT is sent; may still refuse. */
  async announceCommit(): Promise<void> {
    if (this.#isBegun) await this.#broadcastInTime('BeforeTransactionCommit');
  }

  /**
   * @throws {CommitOutcomeUnknownError} The answer never came.
   * @throws {TransactionFailedError} PostgreSQL answered ROLLBACK.
   */
  async commit(): Promise<void> {
    if (!this.#isBegun) return;
    await this.#held.use((session) => this.#judged('commit', () => this.#sendCommit(session)));
  }

  async tellCommitted(): Promise<void> {
    if (this.#isBegun) await this.#broadcast('AfterTransactionCommit');
  }

  /** Rolls back; a connection on which that fails is destroyed. Never throws: the cause is elsewhere. */
  async rollback(): Promise<void> {
    const session = this.#held.current;
    if (!this.#isBegun || !session?.isConnected) return;
    await this.#broadcastInTime('BeforeTransactionRollback').catch(() => undefined);
    try {
      await session.query(this.#options.runner, 'ROLLBACK', [], true);
      if (session.isInTransaction) this.destroy();
    } catch {
      this.destroy();
    }
    await this.#broadcastInTime('AfterTransactionRollback').catch(() => undefined);
  }

  /** Closes the connection: whatever runs on it ends for the caller at once. */
  destroy(): void {
    this.#held.destroy();
  }

  /** Gives the connection back to the pool. */
  release(): Promise<void> {
    return this.#held.release();
  }

  async #sendCommit(session: DatabaseSession): Promise<void> {
    const { dialect, runner } = this.#options;
    if (dialect.commitTag === undefined) {
      await session.query(runner, 'COMMIT', [], false);
      return;
    }
    const tag = await session.commitForTag(runner);
    if (tag !== dialect.commitTag) {
      throw new TransactionFailedError(`COMMIT answered ${tag}: nothing was stored`);
    }
  }

  /** Runs what takes a connection of the pool, and says what it means if there is none. */
  async #connected<T>(run: () => Promise<T>): Promise<T> {
    const { dialect, signal, fail } = this.#options;
    try {
      const result = await run();
      this.#isReached = true;
      return result;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      if (signal.aborted) throw fail(error.cause);
      throw fail(diagnose(dialect, error.cause, 'connect', !this.#isReached).error);
    }
  }

  /** Runs a statement; an error ends the unit and says what is left of the connection. */
  async #judged<T>(phase: Phase, run: () => Promise<T>): Promise<T> {
    const { dialect, signal, fail } = this.#options;
    // An abort that came in time is no unknown outcome.
    if (signal.aborted) throw fail(signal.reason);
    if (phase === 'commit') this.#isDeciding = true;
    try {
      return await abortable(run(), signal);
    } catch (error) {
      if (signal.aborted) {
        this.destroy();
        throw fail(phase === 'commit' ? outcomeUnknown(error) : error);
      }
      const diagnosis = diagnose(dialect, error, phase);
      if (diagnosis.connection === 'destroy') this.destroy();
      throw fail(diagnosis.error);
    }
  }

  /** A subscriber that hangs does not outlast the unit's deadline. */
  #broadcastInTime(event: TransactionEvent): Promise<void> {
    return abortable(this.#broadcast(event), this.#options.signal);
  }

  #broadcast(event: TransactionEvent): Promise<void> {
    return this.#options.runner.broadcaster.broadcast(event);
  }
}

/** What a logger threw hides what the server said, or that it said nothing. */
function asDriverError(error: unknown): never {
  if (error instanceof QueryFailedError || error instanceof QueryRunnerAlreadyReleasedError)
    throw error;
  throw new QueryFailedError('', undefined, new Error('the answer is lost', { cause: error }));
}

type TransactionEvent = `${'Before' | 'After'}Transaction${'Start' | 'Commit' | 'Rollback'}`;

function outcomeUnknown(cause: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError('The unit was given up while COMMIT was under way', {
    cause,
  });
}
