import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from '../dialect/dialect';
import { UsageError } from '../errors/usage-error';
import { retryPolicyOf, type RetryOptions } from '../replay/retry-options';
import type { RetryPolicy } from '../replay/retry-policy';

/** `true`: a lost answer to COMMIT is settled. With a key: and nobody else applies it a second time. */
export type ExactlyOnce = boolean | { readonly key: string };

/** How a unit of work is run. Everything may be left out. */
export interface UnitOfWorkOptions {
  /** Appears in errors and reaches the retry policy. */
  readonly name?: string | undefined;
  /** When a unit that lost its race runs again. Default `defaultRetryPolicy`. */
  readonly retry?: RetryPolicy | RetryOptions | undefined;
  /**
   * Default: the data source's own `isolationLevel` (TypeORM 1.x), else READ COMMITTED, on every
   * database.
   */
  readonly isolation?: IsolationLevel | undefined;
  /**
   * Gives the unit up: it throws an UnitAbortedError, or a CommitOutcomeUnknownError during COMMIT and
   * during a statement that is the whole transaction.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole unit, all attempts and waits included; then as `signal`. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /**
   * Writes a receipt with the unit, by which it is known whether a COMMIT whose answer was lost took
   * place: then the unit has its result, or runs again. It costs an INSERT, and needs the table of
   * `UnitOfWorkReceipt`.
   *
   * With a key, of up to 1,000 characters, a unit that was committed with the same key before is an
   * AlreadyAppliedError; say in it whose request it is. Default `false`.
   */
  readonly exactlyOnce?: ExactlyOnce | undefined;
  /**
   * Runs after BEGIN of every attempt, for `SET LOCAL …` and the like; so every attempt begins at once, and
   * what it sets holds for the receipt of `exactlyOnce` too. On PostgreSQL with REPEATABLE READ or stricter
   * a SELECT in it takes the snapshot before a replay has locked its rows: more of them may be needed.
   */
  readonly onBegin?: ((manager: EntityManager) => Promise<void>) | undefined;
}

/** From weak to strict. */
export const isolationLevels = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;

export const optionNames = [
  'name',
  'retry',
  'isolation',
  'signal',
  'timeoutMs',
  'exactlyOnce',
  'onBegin',
];
const levels: readonly unknown[] = isolationLevels;

/**
 * Refuses what is no option or no value of one.
 *
 * @throws {UsageError} Naming the option.
 */
export function checkOptions(
  options: UnitOfWorkOptions,
  known: readonly string[] = optionNames,
): UnitOfWorkOptions {
  if (typeof options !== 'object' || options === null) {
    throw new UsageError('the options of a unit of work must be an object');
  }
  const unknown = Object.keys(options).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`unknown unit of work option: ${unknown.join(', ')}`);
  const { isolation, timeoutMs, signal, onBegin, exactlyOnce } = options;
  if (isolation !== undefined && !levels.includes(isolation)) {
    throw new UsageError(`isolation must be one of ${levels.join(', ')}, not ${isolation}`);
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw new UsageError(`timeoutMs must be a number of more than 0, not ${String(timeoutMs)}`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new UsageError('signal must be an AbortSignal');
  }
  if (onBegin !== undefined && typeof onBegin !== 'function') {
    throw new UsageError('onBegin must be a function');
  }
  checkExactlyOnce(exactlyOnce);
  retryPolicyOf(options.retry);
  return options;
}

const longestKey = 1_000;

function checkExactlyOnce(exactlyOnce: unknown): void {
  if (exactlyOnce === undefined || typeof exactlyOnce === 'boolean') return;
  const { key } = (exactlyOnce ?? {}) as { readonly key?: unknown };
  if (typeof key === 'string' && key.length > 0 && key.length <= longestKey) return;
  throw new UsageError(
    `exactlyOnce must be true, false or { key }, a text of 1 to ${longestKey} characters`,
  );
}
