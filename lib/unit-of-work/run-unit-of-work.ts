import type { DataSource, EntityManager } from 'typeorm';
import { placeOf, unitRunnerOf } from '../adapter/callers-transaction';
import { gateOf } from '../adapter/pool-gate';
import { AfterCommitError } from '../errors/after-commit-error';
import { UnitClosedError } from '../errors/unit-closed-error';
import { UsageError } from '../errors/usage-error';
import { replay } from '../replay/replay';
import type { Place } from '../replay/replay-queue';
import type { RetryBudget } from '../replay/retry-budget';
import { systemClock } from '../support/clock';
import { isInUnit, openUnitOf, outsideUnitOfWork } from './ambient';
import { contextOf, defaultsOf, writerOf, type DataSourceContext } from './context';
import { Deadline } from './deadline';
import { joinUnit } from './join-unit';
import { lockSetOf } from './escalation';
import { isCurable } from './explain-failure';
import { lineUp } from './line-up';
import { checkOptions, type UnitOfWorkOptions } from './options';
import { runAttempt, type Committed, type Work } from './run-attempt';
import { runInTransaction } from './run-in-transaction';
import { Receipt } from './receipt';
import { settingsOf } from './settings';

/**
 * Runs `work` and writes what it changed in one transaction, checking every row version.
 *
 * The transaction begins before the first statement that needs one; plain reads at READ COMMITTED do
 * not. If a rival got there first, it is rolled back and `work` runs again from fresh
 * reads, as long as the retry policy allows. So `work` may run several times: keep e-mails,
 * payments and counters out of it (`afterCommit` runs once), and change no entity from outside.
 *
 * Inside a unit of the same data source it joins that one, which alone is replayed and committed.
 *
 * With the manager of a transaction that you have begun it is a part of that: between a savepoint and its
 * release, never replayed, committed when you commit.
 *
 * @param place An initialized data source of PostgreSQL, MySQL or MariaDB, or such a manager.
 * @returns What `work` returned in the attempt that was committed.
 * @throws {ConcurrencyError} A rival was first and the policy refused another attempt: `gaveUp` says why.
 * @throws {TransientError} The database was lost before COMMIT and the policy refused another attempt.
 * @throws {CommitOutcomeUnknownError} The connection broke during COMMIT, or during a statement that
 *   was the whole transaction. Never replayed: the changes may be stored. With `exactlyOnce`, only if the
 *   database could not be asked what became of it for a minute, or until `timeoutMs`.
 * @throws {TransactionFailedError} An error of a statement was swallowed by `work`.
 * @throws {AfterCommitError} The changes are stored; what ran after the commit failed.
 * @throws {AlreadyAppliedError} A unit with the same `exactlyOnce` key was committed before.
 * @throws {UnitAbortedError} By `signal` or `timeoutMs`.
 * @throws {UsageError | MappingError} The unit cannot be written as it stands.
 * @throws What `work` throws, if it is no conflict; the transaction is rolled back, nothing is replayed.
 *
 * @example Transfer between two accounts
 *   await unitOfWork(dataSource, async uow => {
 *     const from = await uow.findOneByOrFail(Account, { id: 1 });
 *     const to = await uow.findOneByOrFail(Account, { id: 2 });
 *     from.balance -= 10;
 *     to.balance += 10;
 *   });
 */
export async function unitOfWork<T>(
  place: DataSource | EntityManager,
  work: Work<T>,
  options: UnitOfWorkOptions = {},
): Promise<T> {
  const { dataSource: source, host } = placeOf(place);
  const context = contextOf(source);
  if (typeof work !== 'function') throw new UsageError('unitOfWork() needs a function to run');
  if (host) return runInTransaction(context, host, work, checkOptions(options));
  const opened = openUnitOf(source);
  const runner = unitRunnerOf(place);
  if (runner && opened?.attempt.connection.runner !== runner) {
    throw new UnitClosedError('The unit of work of this manager has ended, or is not open here');
  }
  if (opened) return joinUnit(opened, work, options);
  return runOwn(context, work, options);
}

/** Runs a unit that begins and commits its transaction itself, as often as its policy allows. */
async function runOwn<T>(
  context: DataSourceContext,
  work: Work<T>,
  options: UnitOfWorkOptions,
): Promise<T> {
  const { dataSource: source } = context;
  const dataSourceLevel = (source.options as { readonly isolationLevel?: unknown }).isolationLevel;
  const settings = settingsOf(options, defaultsOf(source), dataSourceLevel);
  const deadline = new Deadline(settings.signal, settings.timeoutMs);
  const { signal } = deadline;
  const { policy, name: unitName, budget = context.budget, exactlyOnce } = settings;
  const { counts } = context;
  const receipt = exactlyOnce ? new Receipt(context, exactlyOnce) : undefined;
  const places = { first: context, replays: writerOf(context) };
  try {
    // Whoever waits for this one could be among those that it would wait for.
    const called = isInUnit() ? undefined : gateOf(source).standBack(signal);
    if (called) await called;
    const committed = await replay(
      (order) => {
        const locks = order.isLocking ? lockSetOf(order.failure) : [];
        const attempt = (place: Place | undefined) => {
          if (order.failure) counts.replays++;
          if (locks.length > 0) counts.lockingReplays++;
          const { number } = order;
          return runAttempt(places, settings, work, { number, locks, receipt, place }, signal);
        };
        return lineUp(context, settings, order, attempt, signal);
      },
      { policy, budget, clock: systemClock, signal, unitName, isReplayable: isCurable },
    );
    deadline.stop();
    return await finish(budget, committed);
  } catch (error) {
    if (isCurable(error) && error.gaveUpBy) counts.gaveUp[error.gaveUpBy]++;
    throw error;
  } finally {
    deadline.stop();
  }
}

/** Runs what was to run after the commit, all of it, outside the unit. */
async function finish<T>(
  budget: RetryBudget,
  { result, callbacks, errors }: Committed<T>,
): Promise<T> {
  const failures = [...errors];
  try {
    // One that answers a promise has its rejection told, not left to the process.
    await (budget.onCommit() as unknown);
  } catch (error) {
    failures.push(error);
  }
  for (const callback of callbacks) {
    try {
      await outsideUnitOfWork(async () => callback());
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AfterCommitError(result, failures);
  return result;
}
