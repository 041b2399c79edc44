import { ConcurrencyError } from '../errors/concurrency-error';
import type { AttemptOrder } from '../replay/replay';
import type { Place } from '../replay/replay-queue';
import { isInPlace } from './ambient';
import type { DataSourceContext } from './context';
import type { UnitOfWorkSettings } from './settings';
import { rowsOf } from './queue-place';

// Whoever runs for the first time may be what another unit of the line waits for, in the user's code.
const firstPatienceMs = 50;

/**
 * Runs an attempt when it is its turn: a replay after those that came before it for one of the rows that
 * it was refused for.
 *
 * @throws {QueueFullError} Too many replays wait for one of them already.
 */
export async function lineUp<T>(
  { replays }: DataSourceContext,
  { isolation, maxWaiting }: UnitOfWorkSettings,
  order: AttemptOrder,
  attempt: (place: Place | undefined) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const rows = maxWaiting === undefined ? undefined : linesOf(isolation, order, replays.isBusy);
  // A unit that another one runs and awaits would wait for the place that that one holds.
  if (!rows || isInPlace()) return attempt(undefined);
  const patience = order.failure ? { maxWaiting } : { ms: firstPatienceMs };
  const place = await replays.enter(rows, signal, patience);
  try {
    return await attempt(place);
  } finally {
    place.leave();
  }
}

/**
 * The rows for which an attempt lines up; `undefined`: it goes at once.
 *
 * A serializable transaction is refused for what it has read too, by the page. There all replays that
 * were refused so are rivals, and so is whoever begins meanwhile: 8 writers finished 3,120 units in
 * 13 s with both in one line, in 38 s with the replays alone.
 */
function linesOf(
  isolation: UnitOfWorkSettings['isolation'],
  { failure }: AttemptOrder,
  isBusy: boolean,
): string[] | undefined {
  const isSerializable = isolation === 'SERIALIZABLE';
  if (!ConcurrencyError.is(failure)) return isSerializable && isBusy ? [] : undefined;
  if (isSerializable && failure.kind === 'serialization') return [];
  return rowsOf(failure);
}
