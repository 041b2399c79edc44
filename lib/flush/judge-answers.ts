import { swallowedMark } from '../dialect/dialect';
import type { Row } from '../dialect/statement';
import type { ConcurrencyError } from '../errors/concurrency-error';
import { MappingError } from '../errors/mapping-error';
import { keyId } from '../model/entity-key';
import type { Batch } from '../write-set/batch';
import type { Delete, Update, Write } from '../write-set/change';
import { conflictError, lostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/** A row that was not reached lost its race, if its version says so. */
export function judgeRows(batch: Batch, answers: ReadonlyMap<number, Row>): void {
  const unreached = batch.rows.flatMap((change, ord) => {
    const answer = answers.get(ord);
    return answer?.['reached'] ? [] : [{ change, actual: actualVersion(answer) }];
  });
  if (unreached.length === 0) return;
  const lost = unreached.flatMap(({ change, actual }) =>
    isLost(change, actual) ? [lostRow(change as Update | Delete, actual ?? undefined)] : [],
  );
  if (lost.length === 0) throw swallowed(batch);
  throw conflictError(lost);
}

/** `undefined`: no row. `null`: a row of an entity without version. */
function actualVersion(answer: Row | undefined): number | null | undefined {
  if (!answer) return undefined;
  return answer['actual'] === null ? null : Number(answer['actual']);
}

function isLost(change: Write, actual: number | null | undefined): boolean {
  if (change.operation === 'insert') return false;
  return actual === undefined || (change.expected !== null && actual !== change.expected);
}

/**
 * Rows that were locked and compared before are no rival's. A row that was not is alone in its batch:
 * where nothing was written, it tells itself what it is.
 *
 * A write that does not move the version may count 0 for a row that holds the value already
 * (without the client flag FOUND_ROWS); its rows are known to exist.
 */
export async function judgeCount(
  context: FlushContext,
  batch: Batch,
  affected: number | undefined,
): Promise<void> {
  const isCounted = batch.operation !== 'update' || batch.isMoving;
  if (!isCounted || affected === batch.rows.length) return;
  throw affected === 0 ? await whyUnreached(context, batch) : swallowed(batch);
}

/** Why a statement wrote nothing, as far as a read of its rows can tell. */
export async function whyUnreached(
  context: FlushContext,
  batch: Batch,
): Promise<ConcurrencyError | MappingError> {
  if (batch.operation === 'insert') return swallowed(batch);
  const changes = new Map(batch.rows.map((change) => [change.tracked, change as Update | Delete]));
  const current = await readRows(context, [...changes.keys()], ({ version }) =>
    version ? [version] : [],
  );
  const lost = current.flatMap(([tracked, row]) => {
    const change = changes.get(tracked);
    const actual = row && (tracked.model.version ? Number(row['c0']) : null);
    return change && isLost(change, actual) ? [lostRow(change, actual ?? undefined)] : [];
  });
  return lost.length > 0 ? conflictError(lost) : swallowed(batch);
}

/** Whether the statement itself found that something kept some of its rows from being written. */
export function isSwallowed(error: unknown): boolean {
  return error instanceof Error && error.message.includes(swallowedMark);
}

export function swallowed({ operation, model, rows }: Batch): MappingError {
  const keys = rows.slice(0, 3).map(({ tracked }) => (tracked.key ? keyId(tracked.key) : 'new'));
  return new MappingError(
    `${operation} of ${model.entityName}(${keys.join(', ')}${rows.length > 3 ? ', …' : ''}) did not reach ` +
      'all of its rows although no rival changed them: a trigger, rule, row-level security policy ' +
      'or proxy keeps rows from being written or counted',
  );
}
