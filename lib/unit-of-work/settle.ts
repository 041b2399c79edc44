import { UnitConnection } from '../adapter/unit-connection';
import { ConcurrencyError } from '../errors/concurrency-error';
import type { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { TransientError } from '../errors/transient-error';
import { systemClock, type Clock } from '../support/clock';
import type { DataSourceContext } from './context';
import type { Receipt } from './receipt';

/** How long the database may be away, or a COMMIT under way, before its outcome counts as unknown. */
const patienceMs = 60_000;
const firstDelayMs = 50;
const longestDelayMs = 2_000;

/**
 * Finds out what became of a COMMIT whose answer never came: whoever can write the receipt knows that
 * the transaction that wrote it before was rolled back, and will stay so.
 *
 * @returns Whether it was committed.
 * @throws {CommitOutcomeUnknownError} `unknown`, if that could not be found out in time.
 */
export async function settle(
  context: DataSourceContext,
  receipt: Receipt,
  unknown: CommitOutcomeUnknownError,
  unitSignal: AbortSignal,
  clock: Clock = systemClock,
): Promise<boolean> {
  const signal = AbortSignal.any([unitSignal, AbortSignal.timeout(patienceMs)]);
  for (let delay = firstDelayMs; ; delay = Math.min(2 * delay, longestDelayMs)) {
    try {
      signal.throwIfAborted();
      return await ask(context, receipt, signal);
    } catch (error) {
      // Somebody else's lock or a server that is not back yet: both pass.
      const isPassing = error instanceof TransientError || ConcurrencyError.is(error);
      if (signal.aborted || !isPassing) throw unknown;
    }
    await clock.sleep(delay, signal).catch(() => undefined);
  }
}

async function ask(
  context: DataSourceContext,
  receipt: Receipt,
  signal: AbortSignal,
): Promise<boolean> {
  const isolation = 'READ COMMITTED';
  const connection = new UnitConnection({ ...context, isolation, isFirstAttempt: false, signal });
  try {
    return await receipt.isOurs(connection);
  } finally {
    if (signal.aborted) connection.destroy();
    await connection.rollback();
    await connection.release();
  }
}
