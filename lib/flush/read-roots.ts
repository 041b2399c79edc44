import { fingerprint } from '../model/fingerprint';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Learns where roots that the unit has not read point to, if they are parts themselves.
 *
 * The version that is read with it is checked like any other, so a root that goes elsewhere in the
 * meantime is a conflict.
 */
export async function readRoots(
  context: FlushContext,
  roots: readonly TrackedEntity[],
): Promise<void> {
  for (const [tracked, row] of await readRows(context, roots, deciding)) {
    const { model, snapshot } = tracked;
    const scratch = {};
    deciding(model).forEach((column, i) => {
      // A row that is gone points nowhere; moving it will tell.
      if (row) column.write(scratch, row[`c${i}`]);
      snapshot[column.index] = row ? fingerprint(column.read(scratch)) : null;
    });
    if (row && model.version) tracked.version = Number(snapshot[model.version.index]);
  }
}

function deciding({ references, version }: EntityModel): ColumnModel[] {
  const foreignKeys = references.flatMap(({ guard, columns }) => (guard ? columns : []));
  return version ? [...foreignKeys, version] : foreignKeys;
}
