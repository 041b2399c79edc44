import type { DataSource, QueryRunner } from 'typeorm';
import type { Dialect } from '../dialect/dialect';
import { isDecisive, type Phase } from '../dialect/error-table';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { TransientError } from '../errors/transient-error';
import { abortable } from '../support/abortable';
import type { DatabaseSession } from './database-session';
import { diagnose } from './driver-error';
import { ConnectError, HeldSession, NotReadyError } from './held-session';
import type { PoolTurn } from './pool-turn';
import { endedTransaction } from './refuse-transaction-control';

export interface SessionOptions {
  readonly dataSource: DataSource;
  /** The query runner of the caller, if it is the caller's transaction. */
  readonly host?: QueryRunner | undefined;
  readonly dialect: Dialect;
  /** Whether a database that cannot be reached has never been reached by this unit. */
  readonly isFirstAttempt: boolean;
  readonly signal: AbortSignal;
  readonly turn: PoolTurn;
  /** What subscribers are shown. */
  readonly runner: QueryRunner;
  /** Told of every error, as the unit will throw it. */
  readonly fail: <E>(error: E) => E;
}

/** Says what the errors of an attempt's statements mean, and what is left of their connection. */
export class JudgedSession {
  readonly held: HeldSession;
  /** Whether BEGIN was answered. */
  isOpen = false;
  readonly #options: SessionOptions;
  #isDeciding = false;
  #isReached: boolean;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.held = new HeldSession(options);
    this.#isReached = !options.isFirstAttempt;
  }

  /** Whether what commits was sent. */
  get isDeciding(): boolean {
    return this.#isDeciding;
  }

  keep(): Promise<DatabaseSession> {
    return this.#connected(() => this.held.keep());
  }

  /**
   * Waits until the server has what was committed on any other of its cluster, and keeps the connection:
   * another one may lead to another server. Inside a transaction nothing would wait.
   */
  async catchUp(): Promise<void> {
    const catchUp = this.held.cluster?.catchUp;
    if (!catchUp) return;
    await this.keep();
    const { runner } = this.#options;
    const { sql, parameters } = catchUp;
    await this.use('begin', (session) => session.query(runner, sql, parameters, true));
  }

  /**
   * Sends a statement; an error ends the unit.
   *
   * @throws {UsageError} It has ended the transaction: whatever followed would commit by itself.
   */
  query(
    phase: Exclude<Phase, 'commit' | 'script'>,
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown> {
    const { runner } = this.#options;
    return this.use(phase, async (session) => {
      const isWithin = this.isOpen && !this.#isDeciding;
      const result = await session.query(runner, sql, parameters, isStructured);
      if (!isWithin || !session.hasLeftTransaction(result)) return result;
      // What else it has left behind, a lock of a table for example, is nobody's business.
      this.held.destroy();
      throw endedTransaction();
    });
  }

  /** Sends something on the connection; an error ends the unit. */
  use<T>(phase: Phase, send: (session: DatabaseSession) => Promise<T>): Promise<T> {
    return this.#connected(() =>
      this.held.use((session) => this.#judged(phase, () => send(session))),
    );
  }

  /** Runs what takes a connection of the pool, and says what it means if there is none. */
  async #connected<T>(run: () => Promise<T>): Promise<T> {
    const { dialect, signal, fail } = this.#options;
    try {
      const result = await run();
      this.#isReached = true;
      return result;
    } catch (error) {
      if (!(error instanceof ConnectError || error instanceof NotReadyError)) throw error;
      if (signal.aborted) throw fail(error.cause);
      if (error instanceof NotReadyError)
        throw fail(new TransientError(error.message, { cause: error.cause }));
      throw fail(diagnose(dialect, error.cause, 'connect', !this.#isReached).error);
    }
  }

  /** Runs a statement; an error ends the unit and says what is left of the connection. */
  async #judged<T>(phase: Phase, run: () => Promise<T>): Promise<T> {
    const { dialect, signal, fail } = this.#options;
    // An abort that came in time is no unknown outcome.
    if (signal.aborted) throw fail(signal.reason);
    if (isDecisive(phase)) this.#isDeciding = true;
    try {
      return await abortable(run(), signal);
    } catch (error) {
      if (signal.aborted) {
        this.held.destroy();
        throw fail(isDecisive(phase) ? outcomeUnknown(error) : error);
      }
      const diagnosis = diagnose(dialect, error, phase);
      if (diagnosis.connection === 'destroy') this.held.destroy();
      throw fail(diagnosis.error);
    }
  }
}

function outcomeUnknown(cause: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError('The unit was given up while COMMIT was under way', {
    cause,
  });
}
