import type { EntityKey } from '../model/entity-key';
import type { ColumnModel } from '../model/entity-model';
import type { RowVersion } from '../model/row-version';
import type { TrackedEntity } from '../tracking/tracked-entity';

/** A row to be inserted. Values are read when the statement is written: keys of new parents exist by then. */
export interface Insert {
  readonly operation: 'insert';
  readonly tracked: TrackedEntity;
  readonly columns: readonly ColumnModel[];
}

/** A row to be changed; without columns it only moves the row version. */
export interface Update {
  readonly operation: 'update';
  readonly tracked: TrackedEntity;
  readonly key: EntityKey;
  /** The version the row must have; `null`: none is compared. */
  readonly expected: RowVersion | null;
  readonly columns: readonly ColumnModel[];
  /** As compared; `undefined` where the value is the key of a parent that is not inserted yet. */
  readonly values: readonly unknown[];
  /** Those of the columns whose value is an amount, which the database adds to what is there. */
  readonly added: readonly ColumnModel[];
  /** Whether the row version moves; it may do so without having been compared. */
  readonly moves: boolean;
  /** What the row is moved for, if that is to assert it. */
  readonly asserts?: Assertion['operation'];
}

export interface Delete {
  readonly operation: 'delete';
  readonly tracked: TrackedEntity;
  readonly key: EntityKey;
  readonly expected: RowVersion | null;
}

/** From weak to strong: a parent row stays, a row is not written, is changed, is deleted. */
export type LockStrength = 'key-share' | 'share' | 'update' | 'delete';

/** A row that is not written but must still have the version it was read at. */
export interface Assertion {
  readonly operation: 'expect-version' | 'assert-unchanged' | 'lock';
  readonly strength: LockStrength;
  readonly tracked: TrackedEntity;
  readonly key: EntityKey;
  /** `null` if it must only exist: its entity has no row version. */
  readonly expected: RowVersion | null;
}

export type Write = Insert | Update | Delete;

export interface WriteSet {
  readonly writes: readonly Write[];
  readonly assertions: readonly Assertion[];
  /** Roots whose own roots must be read before it can be told which rows move. */
  readonly unreadRoots: readonly TrackedEntity[];
}
