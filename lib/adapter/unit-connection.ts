import type { DataSource, QueryRunner } from 'typeorm';
import type { Dialect, IsolationLevel } from '../dialect/dialect';
import type { Phase } from '../dialect/error-table';
import type { Reply, Statement } from '../dialect/statement';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { TransactionFailedError } from '../errors/transaction-failed-error';
import { UnitClosedError } from '../errors/unit-closed-error';
import { UsageError } from '../errors/usage-error';
import type { Connection } from '../flush/connection';
import { abortable } from '../support/abortable';
import { Exclusive } from '../support/exclusive';
import { noteStatement } from '../tracking/read-point';
import { DatabaseSession, type QueryResult } from './database-session';
import { diagnose } from './driver-error';
import { createFacade } from './unit-query-runner';

/** open: statements go out. sealed: none of the unit's any more. committed: listeners may still read. */
type State = 'open' | 'sealed' | 'committed' | 'released';

/**
 * The one connection of an attempt and its transaction.
 *
 * After the first error no statement goes out any more: on PostgreSQL the transaction is dead, on
 * MySQL and MariaDB the next statement might commit by itself.
 */
export class UnitConnection implements Connection {
  /** What TypeORM and the user see. */
  readonly runner: QueryRunner;
  readonly #session: DatabaseSession;
  readonly #dialect: Dialect;
  readonly #signal: AbortSignal;
  readonly #exclusive = new Exclusive();
  #state: State = 'open';
  #failure: { readonly error: unknown } | undefined;
  #pending = 0;

  constructor(dataSource: DataSource, dialect: Dialect, signal: AbortSignal) {
    this.#dialect = dialect;
    this.#signal = signal;
    this.#session = new DatabaseSession(dataSource);
    this.runner = createFacade(this.#session.runner, {
      query: (sql, parameters, isStructured) => {
        refuseTransactionControl(sql);
        return this.#userQuery(sql, parameters, isStructured);
      },
      isTransactionActive: () => this.#state === 'open',
    });
  }

  /** The first error of the unit, wrapped so that an error of `undefined` is one too. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Statements of the unit that are under way or waiting for their turn. */
  get pending(): number {
    return this.#pending;
  }

  /** Makes the unit fail, whatever the user's code does with the error. The first error decides. */
  fail<E>(error: E): E {
    this.#failure ??= { error };
    return error;
  }

  /**
   * Takes a connection of the pool and begins a transaction.
   *
   * @throws The driver's own error if the database cannot be reached at the unit's first attempt.
   */
  async begin(isolation: IsolationLevel, isFirstAttempt: boolean): Promise<void> {
    try {
      await this.#session.connect(this.#signal);
    } catch (error) {
      if (this.#signal.aborted) throw this.fail(error);
      throw this.fail(diagnose(this.#dialect, error, 'connect', isFirstAttempt).error);
    }
    await this.#broadcastInTime('BeforeTransactionStart');
    for (const { sql, parameters } of this.#dialect.begin(isolation)) {
      await this.#guard('begin', () => this.#query(sql, parameters, true));
    }
    await this.#broadcastInTime('AfterTransactionStart');
  }

  async send({ sql, parameters }: Statement): Promise<Reply> {
    return replyOf(await this.#userQuery(sql, parameters, true));
  }

  /** Refuses every further statement of the user's code. */
  seal(): void {
    if (this.#state === 'open') this.#state = 'sealed';
  }

  /**
   * Commits and checks that it was a commit.
   *
   * @returns What listeners to the commit threw: the changes are stored all the same.
   * @throws {CommitOutcomeUnknownError} The answer never came.
   * @throws {TransactionFailedError} PostgreSQL answered ROLLBACK.
   */
  async commit(): Promise<unknown[]> {
    await this.#broadcastInTime('BeforeTransactionCommit');
    if (this.#failure) throw this.#failure.error;
    this.seal();
    await this.#exclusive.run(() => {
      // An abort that came in time is no unknown outcome.
      this.#signal.throwIfAborted();
      return this.#guard('commit', () => this.#sendCommit());
    });
    this.#state = 'committed';
    try {
      await this.#broadcast('AfterTransactionCommit');
      return [];
    } catch (error) {
      return [error];
    }
  }

  /** Rolls back; a connection on which that fails is destroyed. Never throws: the cause is elsewhere. */
  async rollback(): Promise<void> {
    this.seal();
    if (!this.#session.isConnected) return;
    await this.#broadcastInTime('BeforeTransactionRollback').catch(() => undefined);
    try {
      await this.#exclusive.run(() => this.#query('ROLLBACK', [], true));
      if (this.#session.isInTransaction) this.destroy();
    } catch {
      this.destroy();
    }
    await this.#broadcastInTime('AfterTransactionRollback').catch(() => undefined);
  }

  /** Reads after the rollback, outside any transaction. `undefined` if the connection is gone. */
  afterRollback(): Connection | undefined {
    if (!this.#session.isConnected || this.#state !== 'sealed') return undefined;
    return {
      send: async ({ sql, parameters }) => replyOf(await this.#query(sql, parameters, true)),
    };
  }

  /** Closes the connection: whatever runs on it ends for the caller at once. */
  destroy(): void {
    this.seal();
    this.#session.destroy();
  }

  /** Gives the connection back to the pool. */
  async release(): Promise<void> {
    this.#state = 'released';
    await this.#session.release();
  }

  async #sendCommit(): Promise<void> {
    const { commitTag } = this.#dialect;
    if (commitTag === undefined) {
      await this.#query('COMMIT', [], false);
      return;
    }
    const tag = await this.#session.commitForTag(this.runner);
    if (tag !== commitTag) {
      throw new TransactionFailedError(`COMMIT answered ${tag}: nothing was stored`);
    }
  }

  async #userQuery(
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown> {
    this.#refuseUse();
    this.#pending++;
    const send = () => {
      this.#refuseUse();
      noteStatement();
      return this.#guard('statement', () => this.#query(sql, parameters, isStructured));
    };
    try {
      // A subscriber to queries that queries itself is part of the statement it was told of.
      return await (this.#exclusive.isInside ? send() : this.#exclusive.run(async () => send()));
    } finally {
      this.#pending--;
    }
  }

  #refuseUse(): void {
    if (this.#state === 'committed' || (this.#state === 'open' && !this.#failure)) return;
    if (!this.#failure) throw new UnitClosedError('The unit of work has ended');
    throw new TransactionFailedError('The unit of work has failed already; see cause', {
      cause: this.#failure.error,
    });
  }

  /** Runs a statement; an error ends the unit and says what is left of the connection. */
  async #guard<T>(phase: Phase, run: () => Promise<T>): Promise<T> {
    try {
      return await abortable(run(), this.#signal);
    } catch (error) {
      if (this.#signal.aborted) {
        this.destroy();
        throw this.fail(phase === 'commit' ? outcomeUnknown(error) : error);
      }
      const diagnosis = diagnose(this.#dialect, error, phase);
      if (diagnosis.connection === 'destroy') this.destroy();
      throw this.fail(diagnosis.error);
    }
  }

  #query(sql: string, parameters: readonly unknown[] | undefined, isStructured: boolean) {
    return this.#session.query(this.runner, sql, parameters, isStructured);
  }

  /** A subscriber that hangs does not outlast the unit's deadline. */
  #broadcastInTime(event: TransactionEvent): Promise<void> {
    return abortable(this.#broadcast(event), this.#signal);
  }

  #broadcast(event: TransactionEvent): Promise<void> {
    return this.runner.broadcaster.broadcast(event);
  }
}

type TransactionEvent = `${'Before' | 'After'}Transaction${'Start' | 'Commit' | 'Rollback'}`;

const transactionControl =
  /^\s*(?:abort|begin|commit|end|prepare\s+transaction|release|rollback|savepoint|start\s+transaction)\b/i;

/** @throws {UsageError} The statement would end the transaction beneath the unit. */
function refuseTransactionControl(sql: string): void {
  if (!transactionControl.test(sql)) return;
  throw new UsageError('a unit of work begins, commits and rolls back its transaction itself');
}

function replyOf(result: unknown): Reply {
  const { records, affected } = result as QueryResult;
  return { rows: records ?? [], affected };
}

function outcomeUnknown(cause: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError('The unit was given up while COMMIT was under way', {
    cause,
  });
}
