import type { DataSource } from 'typeorm';
import { receiptTable } from '../adapter/receipt-entity';
import { UsageError } from '../errors/usage-error';
import { contextOf } from './context';

const longestMs = Number.MAX_SAFE_INTEGER;

export interface DeleteReceiptsOptions {
  /** Receipts that are older, by the clock of the database, are deleted. */
  readonly olderThanMs: number;
  /** How many one statement deletes. Default 1,000. */
  readonly batchSize?: number;
}

/**
 * Throws away old receipts of units with `exactlyOnce`, in batches that each commit by themselves.
 *
 * A key whose receipt is gone can be applied again: keep receipts for longer than any client repeats
 * a request and than any unit takes, a day for example.
 *
 * @returns How many were deleted.
 * @throws {UsageError} The age is no number of milliseconds from 0, or the data source has no table of receipts.
 * @example
 *   await deleteReceipts(dataSource, { olderThanMs: 24 * 60 * 60 * 1_000 });
 */
export async function deleteReceipts(
  dataSource: DataSource,
  { olderThanMs, batchSize = 1_000 }: DeleteReceiptsOptions,
): Promise<number> {
  if (!(typeof olderThanMs === 'number' && olderThanMs >= 0 && olderThanMs <= longestMs)) {
    throw new UsageError('olderThanMs must be a number of milliseconds from 0');
  }
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new UsageError('batchSize must be a whole number from 1');
  }
  const { receipts } = contextOf(dataSource).dialect;
  const table = receiptTable(dataSource);
  const { sql, parameters } = receipts.deleteOlder(table, olderThanMs, batchSize);
  const runner = dataSource.createQueryRunner('master');
  try {
    for (let deleted = 0; ;) {
      const { affected = 0 } = await runner.query(sql, [...parameters], true);
      deleted += affected;
      if (affected < batchSize) return deleted;
    }
  } finally {
    await runner.release();
  }
}
