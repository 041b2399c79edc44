import type { QueryRunner } from 'typeorm';
import type { ServerSettings } from '../dialect/dialect';
import { isPlainRead } from '../dialect/plain-read';
import type { Reply, Statement } from '../dialect/statement';
import { UsageError } from '../errors/usage-error';
import { readingOnly, type Connection } from '../flush/connection';
import type { Alone } from '../flush/flush-context';
import { Exclusive } from '../support/exclusive';
import { noteStatement } from '../tracking/read-point';
import { replyOf } from './database-session';
import { refuseTransactionControl } from './refuse-transaction-control';
import { createFacade } from './unit-query-runner';
import { refuseUse, type UnitState } from './unit-state';
import { UnitTransaction, type TransactionOptions } from './unit-transaction';

/** read: needs no transaction. write: needs one. lock: is harmless where that fails to begin. */
type Need = 'read' | 'write' | 'lock';

/**
 * The way of an attempt's statements to the database, one at a time. The transaction begins before
 * the first that needs it.
 *
 * After the first error no statement goes out any more: on PostgreSQL the transaction is dead, on
 * MySQL and MariaDB the next statement might commit by itself.
 */
export class UnitConnection implements Connection {
  /** What TypeORM and the user see. */
  readonly runner: QueryRunner;
  hasWritten = false;
  readonly #transaction: UnitTransaction;
  readonly #exclusive = new Exclusive();
  /** Row versions guard a unit at READ COMMITTED; whoever asks for more asks for a snapshot. */
  #readsInTransaction: boolean;
  #state: UnitState = 'open';
  #wasSentAlone = false;
  #failure: { readonly error: unknown } | undefined;
  pending = 0;
  readonly #onWrite: () => void;

  /** @param onWrite Told before a statement is sent that may write. */
  constructor(options: Omit<TransactionOptions, 'runner' | 'fail'>, onWrite = () => {}) {
    this.#onWrite = onWrite;
    this.runner = createFacade(options.dataSource.createQueryRunner('master'), {
      query: (sql, parameters, isStructured) => {
        refuseTransactionControl(options.dialect, sql);
        const need = isStructured && isPlainRead(sql) ? 'read' : 'write';
        return this.#userQuery(sql, parameters, isStructured, need);
      },
      connect: () => this.#connect(),
      isTransactionActive: () => this.#state === 'open',
      isReleased: () => this.#state === 'released',
    });
    this.#transaction = new UnitTransaction({ ...options, runner: this.runner, fail: this.fail });
    this.#readsInTransaction = options.isolation !== 'READ COMMITTED';
  }

  /** The first error of the unit, wrapped so that an error of `undefined` is one too. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  get isBegun(): boolean {
    return this.#transaction.isBegun;
  }

  get isDeciding(): boolean {
    return this.#transaction.isDeciding;
  }

  /** Makes the unit fail, whatever the user's code does with the error. The first error decides. */
  readonly fail = <E>(error: E): E => {
    this.#failure ??= { error };
    return error;
  };

  readonly begin = () => this.#exclusive.run(() => this.#transaction.begin());

  adapt(server: ServerSettings): void {
    this.#transaction.adapt(server);
    // With autocommit off a read outside the transaction would open one, and leave it.
    if (!server.commitsAlone) this.#readsInTransaction = true;
  }

  /** Waits until what is read from here on is what was committed anywhere before. */
  readonly catchUp = () => this.#exclusive.run(() => this.#transaction.catchUp());

  readonly send = (statement: Statement) => this.#answer(statement, 'write');
  readonly lock = (statement: Statement) => this.#answer(statement, 'lock');
  readonly read = (statement: Statement) => this.#answer(statement, 'read');

  /** Whether a ROLLBACK to a savepoint can still be sent. */
  get canRecover(): boolean {
    return this.#state === 'open' && !this.#transaction.isLost;
  }

  /** Takes back that the unit has failed: a ROLLBACK to a savepoint comes next. */
  forgive(): void {
    this.#failure = undefined;
  }

  /** What sends the one statement that is the whole transaction. */
  alone(): Alone {
    return {
      canSend: () => !this.#transaction.isBegun && !this.#readsInTransaction,
      send: (statement) => this.#sendAlone(statement, 'commit'),
      sendScript: (script) => this.#sendAlone(script, 'script'),
      read: (statement) => this.#readAfterwards(statement),
      ask: ({ sql, parameters }) =>
        this.#exclusive
          .run(() => this.#transaction.query('statement', sql, parameters, true))
          .then(replyOf),
      errors: [],
    };
  }

  seal(): void {
    if (this.#state === 'open') this.#state = 'sealed';
  }

  /**
   * Commits, if a transaction was begun, and checks that it was a commit.
   *
   * @returns What listeners to the commit threw: the changes are stored all the same.
   * @throws {CommitOutcomeUnknownError} The answer never came.
   * @throws {TransactionFailedError} PostgreSQL answered ROLLBACK.
   */
  async commit(): Promise<unknown[]> {
    if (this.#wasSentAlone) return [];
    await this.#transaction.announceCommit();
    if (this.#failure) throw this.#failure.error;
    this.seal();
    await this.#exclusive.run(() => this.#transaction.commit());
    // Where nothing was begun nobody is told, and nothing may begin any more.
    if (!this.#transaction.isBegun) return [];
    return this.tellCommitted();
  }

  /** Tells listeners of a commit, and returns what they threw. */
  async tellCommitted(): Promise<unknown[]> {
    this.#state = 'committed';
    try {
      await this.#transaction.tellCommitted();
      return [];
    } catch (error) {
      return [error];
    }
  }

  /** Gives the connection back while it is not known yet what became of the COMMIT. */
  async giveBack(): Promise<void> {
    this.seal();
    await this.#transaction.release();
  }

  /** Rolls back what was begun. Never throws: the cause is elsewhere. */
  async rollback(): Promise<void> {
    this.seal();
    await this.#exclusive.run(() => this.#transaction.rollback());
  }

  /** Reads after the rollback, outside any transaction. `undefined` if the connection is gone. */
  afterRollback(): Connection | undefined {
    if (this.#transaction.isLost || this.#state !== 'sealed') return undefined;
    return readingOnly((statement) => this.#readAfterwards(statement));
  }

  /** Closes the connection: whatever runs on it ends for the caller at once. */
  destroy(): void {
    this.seal();
    this.#transaction.destroy();
  }

  async release(): Promise<void> {
    this.#state = 'released';
    await this.#transaction.release();
  }

  async #answer({ sql, parameters }: Statement, need: Need): Promise<Reply> {
    return replyOf(await this.#userQuery(sql, parameters, true, need));
  }

  async #userQuery(
    sql: string,
    parameters: readonly unknown[] | undefined,
    isStructured: boolean,
    need: Need,
  ): Promise<unknown> {
    this.refuseUse();
    this.pending++;
    const send = async () => {
      this.refuseUse();
      noteStatement();
      if (need === 'write') this.#noteWrite();
      if (need === 'lock') return this.#transaction.lock(sql, parameters);
      if (need === 'write' || this.#readsInTransaction) await this.#transaction.begin();
      return this.#transaction.query('statement', sql, parameters, isStructured);
    };
    try {
      // A subscriber to queries that queries itself is part of the statement it was told of.
      return await (this.#exclusive.isInside ? send() : this.#exclusive.run(send));
    } finally {
      this.pending--;
    }
  }

  /** From here on nobody else's statement is sent, and nobody else's error counts. */
  #sendAlone(statement: Statement, phase: 'commit' | 'script'): Promise<Reply> {
    return this.#exclusive.run(async () => {
      this.refuseUse();
      if (this.#transaction.isBegun) {
        throw new UsageError(
          'a statement that nobody awaits was sent while the unit was being written',
        );
      }
      this.seal();
      noteStatement();
      const reply = replyOf(await this.#transaction.queryAlone(phase, statement));
      this.#wasSentAlone = true;
      return reply;
    });
  }

  #readAfterwards(statement: Statement): Promise<Reply> {
    return this.#exclusive.run(() => this.#transaction.readAfterwards(statement)).then(replyOf);
  }

  /** Whoever asks for the driver's own connection may do anything with it. */
  async #connect(): Promise<unknown> {
    // A borrowed one goes back to the pool: nobody else may have it.
    const isOwn = this.#exclusive.isInside || this.#transaction.isBegun;
    const inUse = isOwn ? this.#transaction.connection() : undefined;
    if (inUse) return inUse;
    this.refuseUse();
    this.#noteWrite();
    await this.begin();
    return this.#transaction.connection();
  }

  #noteWrite(): void {
    this.hasWritten = true;
    this.#onWrite();
  }

  /** @throws {TransactionFailedError | UnitClosedError} Nothing is sent any more. */
  readonly refuseUse = (): void => refuseUse(this.#state, this.#failure);
}
