import { violationOf } from '../adapter/driver-error';
import type { UnitConnection } from '../adapter/unit-connection';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { ConcurrencyError, type Conflict } from '../errors/concurrency-error';
import { TransientError } from '../errors/transient-error';
import { findGoneParents } from '../flush/find-gone-parents';
import { findStaleRows } from '../flush/find-stale-rows';
import { findTakenValues } from '../flush/find-taken-values';
import type { FlushContext } from '../flush/flush-context';

/** An attempt that failed and was rolled back. */
interface Failed {
  readonly connection: UnitConnection;
  readonly flushContext: FlushContext;
}

// Errors of units that a replay may cure. One that the user's code threw is none of them: it may be
// of another unit, whose replays are over.
const diagnosed = new WeakSet<object>();

/** Whether a unit itself found that running it again can succeed. */
export function isCurable(error: unknown): error is ConcurrencyError | TransientError {
  return isReplayable(error) && diagnosed.has(error);
}

export function isReplayable(error: unknown): error is ConcurrencyError | TransientError {
  return (ConcurrencyError.is(error) && error.replayable) || error instanceof TransientError;
}

/**
 * What an attempt failed with: the first error decides if a replay can cure it, whatever the user's
 * code made of it. A conflict with which the database named no row is told with its rows, as a read
 * after the rollback finds them.
 */
export async function explainFailure(failed: Failed, thrown: unknown): Promise<unknown> {
  // Whatever else went wrong meanwhile, what may be stored is not replayed.
  if (thrown instanceof CommitOutcomeUnknownError) return thrown;
  const { failure } = failed.connection;
  const violation = failure && violationOf(failed.flushContext.dialect, failure.error);
  if (failure && violation === 'unique') {
    return diagnose(await findRivals(failed, failure.error)) ?? thrown;
  }
  if (failure && violation === 'foreign-key') {
    return diagnose(await findDeleters(failed, failure.error)) ?? thrown;
  }
  if (failure && isReplayable(failure.error)) {
    const { error } = failure;
    return diagnose(ConcurrencyError.is(error) ? await nameConflicts(failed, error) : error);
  }
  return thrown instanceof ConcurrencyError ? nameConflicts(failed, thrown) : thrown;
}

/** Says that a unit which failed with this error can run again. */
export function diagnose<E extends object | undefined>(error: E): E {
  if (error) diagnosed.add(error);
  return error;
}

async function nameConflicts(failed: Failed, error: ConcurrencyError): Promise<ConcurrencyError> {
  if (error.conflicts.length > 0) return error;
  const conflicts = await readAfterRollback(failed, findStaleRows);
  if (!conflicts) return error;
  const { cause, kind } = error;
  const replayable = error.replayable && areReplayable(failed, conflicts);
  return new ConcurrencyError(kind, conflicts, { cause, replayable });
}

/**
 * A unique violation is a conflict if a rival took a value that the unit had found free, or changed a
 * row of its write set.
 */
async function findRivals(
  failed: Failed,
  violation: unknown,
): Promise<ConcurrencyError | undefined> {
  const stale = await readAfterRollback(failed, findStaleRows);
  const taken = await readAfterRollback(failed, findTakenValues);
  const conflicts = [...(stale ?? []), ...(taken?.conflicts ?? [])];
  if (conflicts.length === 0 && !taken?.areFree) return undefined;
  const replayable = areReplayable(failed, conflicts);
  return new ConcurrencyError('unique', conflicts, { cause: violation, replayable });
}

/** A row that points to none is a conflict if a rival has deleted one that the unit had read. */
async function findDeleters(
  failed: Failed,
  violation: unknown,
): Promise<ConcurrencyError | undefined> {
  const gone = await readAfterRollback(failed, findGoneParents);
  if (!gone || gone.length === 0) return undefined;
  const stale = await readAfterRollback(failed, findStaleRows);
  const isGone = new Set(gone.map(({ entity }) => entity));
  const conflicts = [...gone, ...(stale ?? []).filter(({ entity }) => !isGone.has(entity))];
  const replayable = areReplayable(failed, conflicts);
  return new ConcurrencyError('row-version', conflicts, { cause: violation, replayable });
}

/** The read is a help for whoever reads the error: if it fails, the error goes out without. */
async function readAfterRollback<T>(
  { connection, flushContext }: Failed,
  read: (context: FlushContext) => Promise<T>,
): Promise<T | undefined> {
  const idle = connection.afterRollback();
  if (!idle) return undefined;
  const context = { ...flushContext, connection: idle };
  return connection
    .catchUp()
    .then(() => read(context))
    .catch(() => undefined);
}

function areReplayable({ flushContext }: Failed, conflicts: readonly Conflict[]): boolean {
  return conflicts.every(({ entity }) => {
    return flushContext.map.get(entity as object)?.isReplayable !== false;
  });
}
