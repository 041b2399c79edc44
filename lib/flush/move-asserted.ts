import { rowId } from '../tracking/identity-map';
import type { Assertion, Write, WriteSet } from '../write-set/change';
import type { FlushContext } from './flush-context';

type Changes = Pick<WriteSet, 'writes' | 'assertions'>;

/**
 * Where rivals write on other servers of a cluster, makes moves of the row version of what the unit has
 * asserted or locked: a lock is seen by nobody there, and two transactions that have written the same
 * row are the only ones of which one is refused.
 *
 * A unit that writes nothing is as if it had run when it compared its rows, so it moves nothing either.
 * Rows without a version are locked, on this server alone.
 */
export async function moveAsserted(
  { catalog, connection, locked }: FlushContext,
  { writes, assertions }: Changes,
): Promise<Changes> {
  const isWriting = writes.length > 0 || connection.hasWritten;
  if (!isWriting || assertions.length + locked.length === 0) return { writes, assertions };
  const { cluster } = await catalog.server(connection);
  if (!cluster) return { writes, assertions };
  const byRow = new Map<string, Write>();
  // New rows are nobody else's.
  const others = writes.filter(({ tracked: { model, key }, operation }, i) => {
    if (operation === 'insert' || !key) return true;
    byRow.set(rowId(model, key), writes[i]!);
    return false;
  });
  for (const assertion of [...assertions, ...locked]) {
    if (!isMovable(assertion)) continue;
    const id = rowId(assertion.tracked.model, assertion.key);
    byRow.set(id, moved(byRow.get(id), assertion));
  }
  return { writes: [...others, ...byRow.values()], assertions };
}

/** What the unit has moved before is nobody else's any more; a view has no version to move. */
function isMovable({ tracked, expected }: Assertion): boolean {
  const { model, state, hasMoved } = tracked;
  return (
    expected !== null && model.readOnlyReason === undefined && state === 'managed' && !hasMoved
  );
}

function moved(known: Write | undefined, { tracked, key, expected, operation }: Assertion): Write {
  if (known && known.operation !== 'update') return known;
  if (known) return { ...known, moves: true, expected: known.expected ?? expected };
  return {
    operation: 'update',
    tracked,
    key,
    expected,
    moves: true,
    asserts: operation,
    columns: [],
    values: [],
    added: [],
  };
}
