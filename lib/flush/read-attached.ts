import type { Row } from '../dialect/statement';
import { fingerprint } from '../model/fingerprint';
import type { TrackedEntity } from '../tracking/tracked-entity';
import { conflictError, lostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Reads the rows of attached entities, so that what differs from them can be written.
 *
 * @throws {ConcurrencyError} A row is gone or has another version than its entity; not replayable.
 */
export async function readAttached(context: FlushContext): Promise<void> {
  const attached = context.map.all().filter(({ state }) => state === 'attached');
  if (attached.length === 0) return;
  const current = await readRows(context, attached, (model) => model.columns);
  const lost = current.flatMap(([tracked, row]) => {
    const actual = row && versionIn(tracked, row);
    if (row && actual === (tracked.version ?? null)) return [];
    const change = { operation: 'update', columns: tracked.model.columns, values: [] } as const;
    const expected = tracked.version ?? null;
    return [lostRow({ ...change, tracked, key: tracked.key ?? [], expected }, actual ?? undefined)];
  });
  if (lost.length > 0) throw conflictError(lost);
  for (const [tracked, row] of current) if (row) takeOver(tracked, row);
}

function versionIn({ model }: TrackedEntity, row: Row): number | null {
  return model.version ? Number(row[`c${model.version.index}`]) : null;
}

function takeOver(tracked: TrackedEntity, row: Row): void {
  const { model } = tracked;
  // Written and read again, a value has passed the same conversions as the entity's own.
  const scratch = {};
  tracked.snapshot = model.columns.map((column) => {
    column.write(scratch, row[`c${column.index}`]);
    return fingerprint(column.read(scratch));
  });
  tracked.state = 'managed';
}
