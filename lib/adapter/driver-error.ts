import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import type { Dialect } from '../dialect/dialect';
import type { Phase, Verdict } from '../dialect/error-table';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { ConcurrencyError } from '../errors/concurrency-error';
import { TransientError } from '../errors/transient-error';

/** An error of the database, and what is left of the connection it came on. */
export interface Diagnosis {
  /** The typed error, or the very error if the library knows nothing better. */
  readonly error: unknown;
  readonly connection: Verdict['connection'];
}

/**
 * Says what an error means to a unit.
 *
 * Only errors of a driver are judged; what a subscriber or a listener threw passes through.
 *
 * @param isFirstConnect The unit has not reached the database yet: TypeORM's own error is the answer then.
 */
export function diagnose(
  dialect: Dialect,
  error: unknown,
  phase: Phase,
  isFirstConnect = false,
): Diagnosis {
  const cause = driverErrorOf(error, phase);
  if (cause === undefined) return { error, connection: 'keep' };
  const { meaning, connection } = dialect.judge(dialect.readError(cause), phase);
  // Mostly a mistake in the data; whether a rival was there, only the rows can tell afterwards.
  if (meaning === 'permanent' || meaning === 'unique' || meaning === 'foreign-key') {
    return { error, connection };
  }
  if (meaning === 'unreachable' && isFirstConnect) return { error, connection };
  return { error: typedError(meaning, error), connection };
}

/** Which constraint the database says is violated: a unique value is taken, or a row points to none. */
export function violationOf(
  dialect: Dialect,
  error: unknown,
): 'unique' | 'foreign-key' | undefined {
  const cause = driverErrorOf(error, 'statement');
  if (cause === undefined) return undefined;
  const { meaning } = dialect.judge(dialect.readError(cause), 'statement');
  return meaning === 'unique' || meaning === 'foreign-key' ? meaning : undefined;
}

/** What the driver threw, behind TypeORM's wrapping; `undefined` if it was not the driver. */
function driverErrorOf(error: unknown, phase: Phase): unknown {
  if (error instanceof QueryFailedError)
    return isMisuse(error.driverError) ? undefined : error.driverError;
  // The connection died while idle: TypeORM released the runner and says no more than that.
  if (error instanceof QueryRunnerAlreadyReleasedError) return {};
  return phase === 'connect' ? error : undefined;
}

/** What the driver could not make a message of says nothing of the connection. */
function isMisuse(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

function typedError(
  meaning: Exclude<Verdict['meaning'], 'permanent' | 'foreign-key'>,
  cause: unknown,
): Error {
  switch (meaning) {
    case 'unknown-commit':
      return new CommitOutcomeUnknownError(
        'COMMIT was sent and its answer never came: the changes may be stored or not',
        { cause },
      );
    case 'transient':
    case 'unreachable':
      return new TransientError(`The database was lost before COMMIT: ${textOf(cause)}`, { cause });
    default:
      return new ConcurrencyError(meaning, [], { cause });
  }
}

/** A driver's message about its connection names no column values. */
function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** What a logger threw hides what the server said, or that it said nothing. */
export function asDriverError(error: unknown): never {
  if (error instanceof QueryFailedError || error instanceof QueryRunnerAlreadyReleasedError)
    throw error;
  throw new QueryFailedError('', undefined, new Error('the answer is lost', { cause: error }));
}
