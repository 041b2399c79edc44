import { keyOf } from '../model/entity-model';
import { rowId } from '../tracking/identity-map';
import type { Write } from './change';

/** The rows that are about to be inserted, as far as their keys are known. */
export function newRows(writes: readonly Write[]): Set<string> {
  const ids = writes.flatMap(({ operation, tracked: { model, entity } }) => {
    const key = operation === 'insert' ? keyOf(model, entity) : undefined;
    return key ? [rowId(model, key)] : [];
  });
  return new Set(ids);
}
