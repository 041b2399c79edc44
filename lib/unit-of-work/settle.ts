import { PoolTurn } from '../adapter/pool-turn';
import { UnitConnection } from '../adapter/unit-connection';
import type { CommitOutcomeUnknownError } from '../errors/commit-outcome-unknown-error';
import { systemClock, type Clock } from '../support/clock';
import type { DataSourceContext } from './context';
import { Deadline } from './deadline';
import type { Receipt } from './receipt';

/** How long the database may be away, or a COMMIT under way, before its outcome counts as unknown. */
const patienceMs = 60_000;
const firstDelayMs = 50;
const longestDelayMs = 2_000;

/**
 * Finds out what became of a COMMIT whose answer never came: whoever can write the receipt knows that
 * the transaction that wrote it before was rolled back, and will stay so.
 *
 * @param places Where to ask, in turn.
 * @returns Whether it was committed.
 * @throws {CommitOutcomeUnknownError} `unknown`, if that could not be found out in time.
 */
export async function settle(
  places: readonly [DataSourceContext, DataSourceContext],
  receipt: Receipt,
  unknown: CommitOutcomeUnknownError,
  unitSignal: AbortSignal,
  clock: Clock = systemClock,
): Promise<boolean> {
  const patience = new Deadline(unitSignal, patienceMs);
  const { signal } = patience;
  try {
    let delay = firstDelayMs;
    for (let turn = 0; ; turn++) {
      if (signal.aborted) throw unknown;
      const place = turn % 2 === 0 ? places[0] : places[1];
      const isCommitted = await ask(place, receipt, signal).catch(notYet);
      if (isCommitted !== undefined) return isCommitted;
      await clock.sleep(delay, signal).catch(() => undefined);
      delay = Math.min(2 * delay, longestDelayMs);
    }
  } finally {
    patience.stop();
  }
}

/** Somebody else's lock, a statement timeout, a server that is not back yet or cannot write yet. */
const notYet = () => undefined;

async function ask(
  context: DataSourceContext,
  receipt: Receipt,
  signal: AbortSignal,
): Promise<boolean> {
  const isolation = 'READ COMMITTED';
  const connection = new UnitConnection({
    ...context,
    isolation,
    isFirstAttempt: false,
    isUnheard: true,
    signal,
    turn: new PoolTurn({ ...context, signal, isAwaited: () => true }),
  });
  try {
    const server = await context.catalog.server(connection);
    connection.adapt(server);
    await connection.catchUp();
    return await (server.cluster ? receipt.isOursAnywhere(connection) : receipt.isOurs(connection));
  } finally {
    if (signal.aborted) connection.destroy();
    await connection.rollback();
    await connection.release();
  }
}
