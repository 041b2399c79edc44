import { ConcurrencyError } from '../errors/concurrency-error';
import { keyId } from '../model/entity-key';
import type { AttemptOrder } from '../replay/replay';
import type { DataSourceContext } from './context';
import type { UnitOfWorkSettings } from './settings';

// Whoever runs for the first time may be what another unit of the line waits for, in the user's code.
const firstPatienceMs = 50;

/**
 * Runs an attempt when it is its turn: a replay after those that came before it for one of the rows that
 * it was refused for.
 *
 * @throws {QueueFullError} Too many replays wait for one of them already.
 */
export function lineUp<T>(
  { replays }: DataSourceContext,
  { isolation, maxWaiting }: UnitOfWorkSettings,
  order: AttemptOrder,
  attempt: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const rows = maxWaiting === undefined ? undefined : linesOf(isolation, order, replays.isBusy);
  if (!rows) return attempt();
  const patience = order.failure ? { maxWaiting } : { ms: firstPatienceMs };
  return replays.run(rows, attempt, signal, patience);
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
  return failure.conflicts.map(({ tableName, key }) => `${tableName} ${keyId(key)}`);
}
