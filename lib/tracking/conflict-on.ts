import type { Conflict, ConflictOperation } from '../errors/concurrency-error';
import type { RowVersion } from '../model/row-version';
import type { TrackedEntity } from './tracked-entity';

/** What is known of a lost row beside the entity that stands for it. */
interface Known {
  readonly key?: readonly unknown[] | undefined;
  readonly expected?: RowVersion | null | undefined;
  /** `undefined`: there is no row, or nothing is known of its version. */
  readonly actual?: RowVersion | null | undefined;
  readonly changedTokens?: readonly string[];
}

/** A conflict on the row of an entity. */
export function conflictOn(
  { model, key, version, entity }: TrackedEntity,
  operation: ConflictOperation,
  known: Known,
): Conflict {
  return {
    entityName: model.entityName,
    tableName: model.tableName,
    key: known.key ?? key ?? [],
    operation,
    expectedVersion: known.expected === undefined ? (version ?? null) : known.expected,
    actualVersion: known.actual ?? null,
    changedTokens: known.changedTokens ?? [],
    entity,
  };
}
