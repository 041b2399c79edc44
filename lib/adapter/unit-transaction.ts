import type { IsolationLevel, ServerSettings } from '../dialect/dialect';
import type { Phase } from '../dialect/error-table';
import type { Statement } from '../dialect/statement';
import { ConcurrencyError } from '../errors/concurrency-error';
import { TransactionFailedError } from '../errors/transaction-failed-error';
import { TransientError } from '../errors/transient-error';
import { abortable } from '../support/abortable';
import { isLeftOpen, type DatabaseSession, type QueryResult } from './database-session';
import { asDriverError, diagnose } from './driver-error';
import { JudgedSession, type SessionOptions } from './judged-session';
import { nextSavepoint } from './savepoint-name';

export interface TransactionOptions extends SessionOptions {
  readonly isolation: IsolationLevel;
  /** Whether no subscriber is told of it: it is none of the user's. */
  readonly isUnheard?: boolean;
}

/** The transaction of an attempt, and the connection that it keeps from BEGIN on. */
export class UnitTransaction {
  readonly #options: TransactionOptions;
  readonly #session: JudgedSession;
  /** Where the unit begins in the transaction of its caller. */
  readonly #savepoint: string | undefined;
  #usualIsolation: IsolationLevel | undefined;
  #isBegun = false;

  constructor(options: TransactionOptions) {
    this.#options = options;
    this.#session = new JudgedSession(options);
    this.#savepoint = options.host && nextSavepoint();
  }

  adapt({ isolation, cluster }: ServerSettings): void {
    this.#usualIsolation = isolation;
    this.#session.held.cluster = cluster;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Whether what commits was sent. */
  get isDeciding(): boolean {
    return this.#session.isDeciding;
  }

  /** Whether a connection was closed because nobody could tell what goes on on it. */
  get isLost(): boolean {
    return this.#session.held.isDestroyed;
  }

  async begin(): Promise<void> {
    if (this.#isBegun) return;
    await this.#session.keep();
    await this.#announceBegin();
    for (const { sql, parameters } of this.#beginning()) {
      await this.query('begin', sql, parameters, true);
    }
    await this.#tellBegun();
  }

  /** Waits until the server has what was committed on any other of its cluster. */
  catchUp(): Promise<void> {
    return this.#session.catchUp();
  }

  /**
   * Sends a locking read. Where the driver sends statements without waiting for answers, it goes out
   * together with BEGIN: if that fails, nothing stays locked.
   */
  async lock(sql: string, parameters: readonly unknown[] | undefined): Promise<unknown> {
    const session = await this.#session.keep();
    const { subscribers } = this.#options.dataSource;
    // A subscriber that takes its time could let the one overtake the other.
    const isInOrder = session.isPipelining && !subscribers.some((one) => one.beforeQuery);
    if (this.#isBegun || !isInOrder) {
      await this.begin();
      return this.query('statement', sql, parameters, true);
    }
    await this.#announceBegin();
    const begun = this.#beginning().map((one) =>
      this.query('begin', one.sql, one.parameters, true),
    );
    const answer = this.query('statement', sql, parameters, true);
    await Promise.allSettled([...begun, answer]);
    await Promise.all(begun);
    await this.#tellBegun();
    return answer;
  }

  /** The driver's own connection: of the transaction, or of the statement that is being sent. */
  connection(): Promise<unknown> | undefined {
    return this.#session.held.current?.runner.connect() as Promise<unknown> | undefined;
  }

  /** Sends a statement, in the transaction if it was begun; an error ends the unit. */
  query(
    phase: Exclude<Phase, 'commit' | 'script'>,
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown> {
    return this.#session.query(phase, sql, parameters, isStructured);
  }

  /**
   * Sends a statement that is the whole transaction; its errors are judged as those of COMMIT.
   *
   * @throws {TransientError} It was not: somebody had left a transaction open on the connection.
   */
  async queryAlone(phase: 'commit' | 'script', { sql, parameters }: Statement): Promise<unknown> {
    const { runner } = this.#options;
    let isOpen = false;
    const result = await this.#session.use(phase, async (session) => {
      const sent =
        phase === 'script'
          ? session.queryScript(runner, sql, parameters)
          : session.query(runner, sql, parameters, true);
      const answer = await sent.catch(asDriverError);
      isOpen = session.isInTransaction || isLeftOpen(answer as QueryResult);
      // Closed before it goes back to the pool: what was written is rolled back with it.
      if (isOpen) this.destroy();
      return answer;
    });
    if (!isOpen) return result;
    throw this.#options.fail(
      new TransientError('somebody had left a transaction open on the connection of the pool'),
    );
  }

  /** The same for a read after the end, whose errors are nobody's business. */
  readAfterwards({ sql, parameters }: Statement): Promise<unknown> {
    const { runner, signal } = this.#options;
    const destroy = () => this.destroy();
    return this.#session.held.use(async (session) => {
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
    const phase = this.#savepoint === undefined ? 'commit' : 'statement';
    await this.#session.use(phase, (session) => this.#sendCommit(session));
  }

  tellCommitted(): Promise<void> {
    return this.#broadcastInTime('AfterTransactionCommit');
  }

  /** Rolls back; a connection on which that fails is destroyed. Never throws: the cause is elsewhere. */
  async rollback(): Promise<void> {
    const session = this.#session.held.current;
    if (!this.#isBegun || !session?.isConnected) return;
    await this.#broadcastInTime('BeforeTransactionRollback').catch(() => undefined);
    try {
      await session.query(this.#options.runner, endOf('ROLLBACK TO', this.#savepoint), [], true);
      if (session.isInTransaction && this.#savepoint === undefined) this.destroy();
    } catch (error) {
      // A cluster that has rolled the transaction back already says so only now.
      const { error: known } = diagnose(this.#options.dialect, error, 'rollback');
      if (!ConcurrencyError.is(known)) this.destroy();
      if (this.#savepoint !== undefined) this.destroy();
    }
    await this.#broadcastInTime('AfterTransactionRollback').catch(() => undefined);
  }

  /** Closes the connection: whatever runs on it ends for the caller at once. */
  destroy(): void {
    this.#session.held.destroy();
  }

  /** Gives the connection back to the pool. */
  release(): Promise<void> {
    return this.#session.held.release();
  }

  async #sendCommit(session: DatabaseSession): Promise<void> {
    const { dialect, runner } = this.#options;
    if (dialect.commitTag === undefined || this.#savepoint !== undefined) {
      const ended = session.query(runner, endOf('RELEASE', this.#savepoint), [], false);
      // Whoever hears of queries may throw after the answer has come: it is stored then, or lost.
      await (this.#savepoint === undefined ? ended.catch(asDriverError) : ended);
      return;
    }
    const tag = await session.commitForTag(runner);
    if (tag !== dialect.commitTag) {
      throw new TransactionFailedError(`COMMIT answered ${tag}: nothing was stored`);
    }
  }

  #beginning(): readonly Statement[] {
    const { dialect, isolation } = this.#options;
    if (this.#savepoint !== undefined) {
      return [{ sql: `SAVEPOINT ${this.#savepoint}`, parameters: [] }];
    }
    return dialect.begin(isolation, this.#usualIsolation);
  }

  async #announceBegin(): Promise<void> {
    await this.#orFail(this.#broadcastInTime('BeforeTransactionStart'));
    this.#isBegun = true;
  }

  #tellBegun(): Promise<void> {
    this.#session.isOpen = true;
    return this.#orFail(this.#broadcastInTime('AfterTransactionStart'));
  }

  /** A transaction that somebody refuses to begin is none, whatever becomes of the refusal. */
  async #orFail(told: Promise<void>): Promise<void> {
    try {
      await told;
    } catch (error) {
      throw this.#options.fail(error);
    }
  }

  /** A subscriber that hangs does not outlast the unit's deadline. */
  #broadcastInTime(event: TransactionEvent): Promise<void> {
    return abortable(this.#broadcast(event), this.#options.signal);
  }

  async #broadcast(event: TransactionEvent): Promise<void> {
    if (this.#options.isUnheard || this.#savepoint !== undefined) return;
    await this.#options.runner.broadcaster.broadcast(event);
  }
}

type TransactionEvent = `${'Before' | 'After'}Transaction${'Start' | 'Commit' | 'Rollback'}`;

/** What ends the unit in its caller's transaction; without a savepoint it is its own, and ends itself. */
function endOf(how: 'RELEASE' | 'ROLLBACK TO', savepoint: string | undefined): string {
  if (savepoint !== undefined) return `${how} SAVEPOINT ${savepoint}`;
  return how === 'RELEASE' ? 'COMMIT' : 'ROLLBACK';
}
