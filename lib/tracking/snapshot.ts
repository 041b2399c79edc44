import type { EntityModel } from '../model/entity-model';
import { fingerprint, type Fingerprint } from '../model/fingerprint';

/** The columns of a row as last known to the database, in the order of the model; `undefined`: not loaded. */
export type Snapshot = Fingerprint[];

export function takeSnapshot(model: EntityModel, entity: object): Snapshot {
  return model.columns.map((column) => fingerprint(column.read(entity)));
}
