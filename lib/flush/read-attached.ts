import type { Row } from '../dialect/statement';
import { fingerprint } from '../model/fingerprint';
import type { TrackedEntity } from '../tracking/tracked-entity';
import { lostRow, type LostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Reads the rows of attached entities, so that what differs from them can be written.
 *
 * @returns The rows that are gone or have another version than their entity.
 */
export async function readAttached(context: FlushContext): Promise<LostRow[]> {
  const attached = context.map.all().filter(({ state }) => state === 'attached');
  if (attached.length === 0) return [];
  const current = await readRows(context, attached, (model) => model.columns);
  const lost = current.flatMap(([tracked, row]) => {
    const actual = row && versionIn(tracked, row);
    if (row && actual === (tracked.version ?? null)) return [];
    const { model, key = [], version: expected = null } = tracked;
    const change = {
      operation: 'update',
      columns: model.columns,
      values: [],
      added: [],
      moves: true,
    } as const;
    return [lostRow({ ...change, tracked, key, expected }, actual ?? undefined)];
  });
  const isLost = new Set(lost.map(({ tracked }) => tracked));
  for (const [tracked, row] of current) if (row && !isLost.has(tracked)) takeOver(tracked, row);
  return lost;
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
