import { QueryFailedError, type DataSource, type QueryRunner } from 'typeorm';
import type { Dialect, IsolationLevel } from '../dialect/dialect';
import type { Phase } from '../dialect/error-table';
import type { Reply, Statement } from '../dialect/statement';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { TransactionFailedError } from '../errors/transaction-failed-error';
import { UnitClosedError } from '../errors/unit-closed-error';
import type { Connection } from '../flush/connection';
import { abortable } from '../support/abortable';
import { Exclusive } from '../support/exclusive';
import { diagnose } from './driver-error';
import { destroyConnection, isInTransaction, type RawConnection } from './raw-connection';
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
  readonly #dataSource: DataSource;
  readonly #real: QueryRunner;
  readonly #dialect: Dialect;
  readonly #signal: AbortSignal;
  readonly #exclusive = new Exclusive();
  #raw: RawConnection | undefined;
  #state: State = 'open';
  #failure: { readonly error: unknown } | undefined;
  #isDestroyed = false;
  #pending = 0;

  constructor(dataSource: DataSource, dialect: Dialect, signal: AbortSignal) {
    this.#dataSource = dataSource;
    this.#dialect = dialect;
    this.#signal = signal;
    this.#real = dataSource.createQueryRunner('master');
    this.runner = createFacade(this.#real, {
      query: (sql, parameters, isStructured) => this.#userQuery(sql, parameters, isStructured),
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
    await this.#connect(isFirstAttempt);
    await this.#broadcast('BeforeTransactionStart');
    for (const statement of this.#dialect.begin(isolation)) {
      await this.#send(statement.sql, statement.parameters, 'begin');
    }
    await this.#broadcast('AfterTransactionStart');
  }

  async send({ sql, parameters }: Statement): Promise<Reply> {
    const result = (await this.#userQuery(sql, parameters, true)) as {
      readonly records?: Reply['rows'];
      readonly affected?: number;
    };
    return { rows: result.records ?? [], affected: result.affected };
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
    await this.#broadcast('BeforeTransactionCommit');
    if (this.#failure) throw this.#failure.error;
    this.seal();
    await this.#exclusive.run(() => this.#sendCommit());
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
    if (this.#raw === undefined || this.#isDestroyed) return;
    await this.#broadcast('BeforeTransactionRollback').catch(() => undefined);
    try {
      await this.#exclusive.run(() => this.#run('ROLLBACK', [], true));
      if (isInTransaction(this.#raw)) this.destroy();
    } catch {
      this.destroy();
    }
    await this.#broadcast('AfterTransactionRollback').catch(() => undefined);
  }

  /** Reads after the rollback, in a transaction of its own. `undefined` if the connection is gone. */
  afterRollback(): Connection | undefined {
    if (this.#raw === undefined || this.#isDestroyed || this.#state !== 'sealed') return undefined;
    return {
      send: async ({ sql, parameters }) => {
        const { records, affected } = await this.#run(sql, parameters, true);
        return { rows: (records ?? []) as Reply['rows'], affected };
      },
    };
  }

  /** Closes the connection: whatever runs on it ends for the caller at once. */
  destroy(): void {
    this.seal();
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    if (this.#raw) destroyConnection(this.#raw);
  }

  /** Gives the connection back to the pool. */
  async release(): Promise<void> {
    this.#state = 'released';
    await this.#real.release();
  }

  async #connect(isFirstAttempt: boolean): Promise<void> {
    const connecting = this.#real.connect() as Promise<RawConnection>;
    try {
      this.#raw = await abortable(connecting, this.#signal);
    } catch (error) {
      // A connection that comes after the unit was given up goes back to the pool.
      connecting.then(
        () => this.#real.release(),
        () => undefined,
      );
      if (this.#signal.aborted) throw this.fail(error);
      throw this.fail(diagnose(this.#dialect, error, 'connect', isFirstAttempt).error);
    }
  }

  async #sendCommit(): Promise<void> {
    const { commitTag } = this.#dialect;
    const tag = await this.#guard('commit', () =>
      commitTag === undefined ? this.#commitPlainly() : this.#commitForTag(),
    );
    if (commitTag !== undefined && tag !== commitTag) {
      throw this.fail(
        new TransactionFailedError(`COMMIT answered ${String(tag)}: nothing was stored`),
      );
    }
  }

  async #commitPlainly(): Promise<undefined> {
    await this.#run('COMMIT', [], false);
  }

  /** TypeORM drops the command tag, which alone tells a COMMIT that was refused. */
  async #commitForTag(): Promise<string | undefined> {
    this.#dataSource.logger.logQuery('COMMIT', undefined, this.runner);
    try {
      return (await this.#raw?.query('COMMIT'))?.command;
    } catch (error) {
      throw new QueryFailedError('COMMIT', undefined, error as Error);
    }
  }

  async #userQuery(
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
  ): Promise<unknown> {
    this.#refuseUse();
    this.#pending++;
    try {
      return await this.#exclusive.run(() => {
        this.#refuseUse();
        return this.#send(sql, parameters, 'statement', isStructured);
      });
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

  #send(
    sql: string,
    parameters: readonly unknown[] | undefined,
    phase: Phase,
    isStructured = true,
  ): Promise<unknown> {
    return this.#guard(phase, () => this.#run(sql, parameters, isStructured));
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

  // Called on the facade, so that subscribers to queries are never handed the real runner.
  #run(sql: string, parameters: readonly unknown[] | undefined, isStructured: boolean) {
    const query = this.#real.query as (...args: unknown[]) => Promise<{
      readonly records?: unknown[];
      readonly affected?: number;
    }>;
    return Reflect.apply(query, this.runner, [sql, parameters, isStructured]);
  }

  #broadcast(event: TransactionEvent): Promise<void> {
    return this.runner.broadcaster.broadcast(event);
  }
}

type TransactionEvent =
  | 'BeforeTransactionStart'
  | 'AfterTransactionStart'
  | 'BeforeTransactionCommit'
  | 'AfterTransactionCommit'
  | 'BeforeTransactionRollback'
  | 'AfterTransactionRollback';

function outcomeUnknown(cause: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError('The unit was given up while COMMIT was under way', {
    cause,
  });
}
