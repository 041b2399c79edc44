import type { DataSourceContext } from './context';
import { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { ConcurrencyError } from '../errors/concurrency-error';
import { TransientError } from '../errors/transient-error';
import { TransactionFailedError } from '../errors/transaction-failed-error';
import { UsageError } from '../errors/usage-error';
import { allowsReplay } from '../replay/decide';
import type { Place } from '../replay/replay-queue';
import { abortable } from '../support/abortable';
import { withAssertionsWritten, type LockBatch } from '../write-set/lock-plan';
import { isInPlace, isInUnit, letGo, runInside } from './ambient';
import { Attempt } from './attempt';
import { lockSetOf, rememberLockSet } from './escalation';
import { diagnose, explainFailure, isCurable, isReplayable } from './explain-failure';
import type { Receipt } from './receipt';
import { settle } from './settle';
import type { UnitOfWorkSettings } from './settings';
import { QueuePlace } from './queue-place';
import { applyAgain, disownNew, takeBack } from './take-back';
import { UnitOfWork } from './unit-of-work';

export type Work<T> = (uow: UnitOfWork) => Promise<T>;

/** What a committed attempt leaves behind. */
export interface Committed<T> {
  readonly result: T;
  readonly callbacks: readonly (() => unknown)[];
  /** What listeners to the commit threw. */
  readonly errors: readonly unknown[];
}

/** Which attempt it is, and what it locks before it reads. */
export interface AttemptPlan {
  readonly number: number;
  readonly locks: readonly LockBatch[];
  /** What it writes before it reads anything. */
  readonly receipt: Receipt | undefined;
  /** Where it stands in line, if it does. */
  readonly place: Place | undefined;
}

/** Where the attempts of a unit are made. */
export interface Places {
  readonly first: DataSourceContext;
  readonly replays: DataSourceContext;
}

// Each time somebody else has committed: a crowd of this size has gone by.
const mostLockPasses = 100;

/**
 * Runs a unit's function once: work, flush, commit, or else roll back and take everything back.
 *
 * The connection is given back before anything is thrown, so nobody waits holding one.
 *
 * Rows that are locked first are locked in a transaction whose snapshot may be taken by that very
 * statement: then it is refused if it had to wait for somebody who has changed one. As nothing was read
 * yet, the transaction begins anew, until snapshot and locks agree. Rows that cannot be locked at all,
 * for want of a right for example, are left to their versions.
 */
export async function runAttempt<T>(
  places: Places,
  settings: UnitOfWorkSettings,
  work: Work<T>,
  { number, locks, receipt, place }: AttemptPlan,
  signal: AbortSignal,
): Promise<Committed<T>> {
  const context = number === 1 ? places.first : places.replays;
  const home = places.first.dataSource;
  let toLock = locks;
  for (let passes = 1; ; passes++) {
    signal.throwIfAborted();
    const { maxWaiting } = settings;
    // Whoever is in a transaction already may hold what others wait for.
    const isAlone = maxWaiting === undefined || context.host !== undefined;
    const queue = isAlone ? undefined : places.first.replays;
    const queuePlace = new QueuePlace({
      queue,
      signal,
      place,
      isAwaited: number > 1 || isInUnit(),
      isSurrounded: isInPlace,
      mayFail: () => allowsReplay(settings.policy, { attempt: number, unitName: settings.name }),
    });
    const attempt = new Attempt(context, settings.isolation, number, signal, queuePlace, home);
    try {
      return await runOnce(places, attempt, settings, work, { locks: toLock, receipt });
    } catch (error) {
      if (!attempt.isLockingFirst || signal.aborted) throw error;
      if (!isCurable(error)) toLock = [];
      else if (!isOutdated(error) || passes >= mostLockPasses) throw error;
    }
  }
}

function isOutdated(error: unknown): boolean {
  return ConcurrencyError.is(error) && ['serialization', 'snapshot'].includes(error.kind);
}

/** What comes before the user's code. */
type Prelude = Pick<AttemptPlan, 'locks' | 'receipt'>;

async function runOnce<T>(
  places: Places,
  attempt: Attempt,
  settings: UnitOfWorkSettings,
  work: Work<T>,
  prelude: Prelude,
): Promise<Committed<T>> {
  let committed: Committed<T>;
  try {
    const { result, late } = await runWork(attempt, settings, work, prelude);
    attempt.close();
    const errors = [...late, ...(await commit(places, attempt, prelude.receipt))];
    committed = { result, callbacks: attempt.callbacks, errors };
  } catch (thrown) {
    throw await fail(attempt, thrown);
  } finally {
    attempt.queuePlace.leave();
    letGo(attempt);
  }
  // Nothing that happens from here on may undo what is committed.
  await attempt.connection.release().catch(() => undefined);
  await attempt.queuePlace.giveWay();
  return committed;
}

async function runWork<T>(
  attempt: Attempt,
  { onBegin }: UnitOfWorkSettings,
  work: Work<T>,
  prelude: Prelude,
): Promise<{ result: T; late: readonly unknown[] }> {
  const { connection } = attempt;
  const uow = new UnitOfWork(attempt);
  const opened = { unit: uow, attempt };
  const begin = onBegin && (() => onBegin(uow.manager));
  const run = async () => {
    await prepare(attempt, begin, prelude);
    return work(uow);
  };
  const result = await abortable(runInside(opened, run), attempt.signal);
  if (connection.failure) throw swallowed(connection.failure.error);
  if (attempt.pending > 0) {
    throw connection.fail(
      new UsageError(
        `${attempt.pending} operation(s) of the unit were still pending when its function returned: ` +
          'await them, and use for … of or Promise.all instead of forEach(async …)',
      ),
    );
  }
  const late = await runInside(opened, () => attempt.flushLast());
  return { result, late };
}

/** What is sent before the user's function runs. */
async function prepare(
  attempt: Attempt,
  begin: (() => unknown) | undefined,
  { locks, receipt }: Prelude,
): Promise<void> {
  const { connection, flushContext } = attempt;
  const server = await flushContext.catalog.server(connection);
  connection.adapt(server);
  // Read again too early, what was lost would be lost again.
  if (attempt.number > 1) await connection.catchUp();
  if (begin) await connection.begin();
  await begin?.();
  // Whoever has the same key must not wait for it while it holds what this one has locked.
  const isReceiptFirst = attempt.isolation === 'READ COMMITTED';
  if (isReceiptFirst) await receipt?.insert(connection);
  const toLock = server.cluster ? withAssertionsWritten(locks) : locks;
  if (toLock.length > 0) await attempt.lockFirst(toLock);
  // Its snapshot would be outdated by whoever commits before the locks are had.
  if (!isReceiptFirst) await receipt?.insert(connection);
}

/**
 * Commits, and finds out by the receipt what became of a COMMIT that was not answered.
 *
 * @returns What listeners threw.
 */
async function commit(
  { first, replays }: Places,
  { connection, signal, dataSource }: Attempt,
  receipt: Receipt | undefined,
): Promise<readonly unknown[]> {
  try {
    return await connection.commit();
  } catch (error) {
    if (!receipt || !(error instanceof CommitOutcomeUnknownError)) throw error;
    // The pool may have no other connection.
    await connection.giveBack();
    // Elsewhere first: where it was lost, the server may be away for long.
    const asked =
      first.dataSource === dataSource ? ([replays, first] as const) : ([first, replays] as const);
    if (await settle(asked, receipt, error, signal)) return connection.tellCommitted();
    const message = 'the connection was lost during COMMIT, and nothing was stored';
    throw diagnose(new TransientError(message, { cause: error }));
  }
}

/** The user's code went on after an error that had ended the unit. */
function swallowed(error: unknown): unknown {
  if (isReplayable(error)) return error;
  return new TransactionFailedError(
    'The unit of work cannot be committed: an earlier error was swallowed; see cause',
    { cause: error },
  );
}

async function fail(attempt: Attempt, thrown: unknown): Promise<unknown> {
  const { connection, signal } = attempt;
  attempt.close();
  if (signal.aborted) connection.destroy();
  await connection.rollback();
  takeBack(attempt.flushContext);
  const takeBackAgain = applyAgain(attempt.flushContext);
  const error = await explainFailure(attempt, thrown);
  if (isCurable(error)) rememberLockSet(error, attempt);
  if (ConcurrencyError.is(error)) attempt.queuePlace.noteLost(error, lockSetOf(error));
  takeBackAgain();
  disownNew(attempt.flushContext);
  // Clean-up never replaces the error that it cleans up after.
  await connection.release().catch(() => undefined);
  return error;
}
