import { createHash, randomUUID } from 'node:crypto';
import { receiptTable } from '../adapter/receipt-entity';
import type { ReceiptTable } from '../dialect/receipts';
import { AlreadyAppliedError } from '../errors/already-applied-error';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import type { Connection } from '../flush/connection';
import type { DataSourceContext } from './context';
import type { ExactlyOnce } from './options';

/**
 * The row by which a call of `unitOfWork()` proves that it was committed.
 *
 * Every attempt writes it before it reads anything. Whoever writes it later waits until it is known
 * whether the attempt before was committed, however long its COMMIT is under way: asking by a SELECT
 * would see nothing meanwhile, and a replay would apply the unit twice.
 */
export class Receipt {
  readonly #context: DataSourceContext;
  readonly #table: ReceiptTable;
  readonly #key: string | undefined;
  /** One for all attempts of the call. */
  readonly #callId = randomUUID();
  readonly #id: string;

  /** @throws {UsageError} The data source has no table of receipts. */
  constructor(context: DataSourceContext, exactlyOnce: Exclude<ExactlyOnce, false>) {
    this.#context = context;
    this.#table = receiptTable(context.dataSource);
    this.#key = exactlyOnce === true ? undefined : exactlyOnce.key;
    this.#id = createHash('sha256')
      .update(this.#key === undefined ? `call ${this.#callId}` : `key ${this.#key}`)
      .digest('hex');
  }

  /**
   * Writes the receipt of an attempt, in its transaction.
   *
   * @throws {AlreadyAppliedError} Another call with the same key was committed.
   */
  async insert(connection: Connection): Promise<void> {
    const isCommitted = await this.#wasCommittedBy(connection);
    if (isCommitted === 'nobody') return;
    if (isCommitted === 'others' && this.#key !== undefined) {
      throw new AlreadyAppliedError(this.#key);
    }
    // An attempt is only made when it is known that none before it was committed.
    throw new CommitOutcomeUnknownError('an attempt before this one was committed after all');
  }

  /** Whether an attempt of this call was committed; writes the receipt if it was not. */
  async isOurs(connection: Connection): Promise<boolean> {
    return (await this.#wasCommittedBy(connection)) === 'this call';
  }

  /**
   * The same where another server could still commit the attempt before: nobody there sees that the receipt
   * can be written. Whoever has written and deleted it, and was committed, is the only one.
   *
   * @throws {ConcurrencyError} At the commit, if the attempt before was first.
   */
  async isOursAnywhere(connection: Connection & { commit(): Promise<unknown> }): Promise<boolean> {
    if (await this.isOurs(connection)) return true;
    await connection.send(this.#context.dialect.receipts.delete(this.#table, this.#id));
    await connection.commit();
    return false;
  }

  async #wasCommittedBy(connection: Connection): Promise<'nobody' | 'this call' | 'others'> {
    const { receipts } = this.#context.dialect;
    const values = [this.#id, this.#callId] as const;
    const { affected } = await connection.send(receipts.insert(this.#table, values));
    if (affected === 1) return 'nobody';
    const { rows } = await connection.send(receipts.find(this.#table, this.#id));
    return rows[0]?.['call_id'] === this.#callId ? 'this call' : 'others';
  }
}
