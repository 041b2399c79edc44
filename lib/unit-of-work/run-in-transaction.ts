import type { QueryRunner } from 'typeorm';
import { ConcurrencyError } from '../errors/concurrency-error';
import { abortable } from '../support/abortable';
import { Turns } from '../support/turns';
import { UsageError } from '../errors/usage-error';
import { defaultsOf, type DataSourceContext } from './context';
import { Deadline } from './deadline';
import type { UnitOfWorkOptions } from './options';
import { runAttempt, type Work } from './run-attempt';
import { settingsOf } from './settings';

/** Savepoints nest: those of one transaction are set and released one after the other. */
const hosts = new WeakMap<QueryRunner, Turns<'hosted'>>();

/** What only a unit can keep that begins and commits its transaction itself. */
const ofOwnTransaction = ['retry', 'isolation', 'exactlyOnce', 'onBegin'] as const;

/**
 * Runs a unit once, in a transaction that its caller has begun: between a savepoint and its release.
 *
 * What it has written is committed, or rolled back, by the caller. If it fails it is rolled back to the
 * savepoint before it throws; where the error has ended the transaction there is none, and the connection
 * is closed, so that no later statement of the caller commits by itself.
 */
export async function runInTransaction<T>(
  context: DataSourceContext,
  host: QueryRunner,
  work: Work<T>,
  options: UnitOfWorkOptions,
): Promise<T> {
  const misplaced = ofOwnTransaction.filter((name) => options[name] !== undefined);
  if (misplaced.length > 0) {
    throw new UsageError(
      `a unit of work in a transaction of its caller cannot have ${misplaced.join(', ')}: ` +
        'give it to a unit that begins the transaction itself',
    );
  }
  const settings = {
    ...settingsOf(options, defaultsOf(context.dataSource), undefined),
    isolation: 'READ COMMITTED',
    // Its savepoint is set before anything is read.
    onBegin: async () => undefined,
  } as const;
  const hosted = { ...context, host };
  const deadline = new Deadline(settings.signal, settings.timeoutMs);
  const plan = { number: 1, locks: [], receipt: undefined, place: undefined };
  try {
    const places = { first: hosted, replays: hosted };
    const run = () => runAttempt(places, settings, work, plan, deadline.signal);
    const { result } = await inTurn(host, run, deadline.signal);
    return result;
  } catch (error) {
    throw ConcurrencyError.is(error) ? unreplayable(error) : error;
  } finally {
    deadline.stop();
  }
}

/** Waits for the units before it no longer than the signal lets it; once begun, a unit ends by itself. */
function inTurn<T>(host: QueryRunner, run: () => Promise<T>, signal: AbortSignal): Promise<T> {
  let turns = hosts.get(host);
  if (!turns) hosts.set(host, (turns = new Turns()));
  let isWaiting = true;
  const ended = turns.run('hosted', () => {
    isWaiting = false;
    return run();
  });
  return abortable(ended, signal, () => isWaiting);
}

/** Only the caller could run everything again, from the beginning of the transaction. */
function unreplayable({ kind, conflicts, cause }: ConcurrencyError): ConcurrencyError {
  return new ConcurrencyError(kind, conflicts, { cause, replayable: false });
}
