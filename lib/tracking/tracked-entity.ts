import type { EntityKey } from '../model/entity-key';
import type { CollectionModel, ColumnModel, EntityModel } from '../model/entity-model';
import type { Fingerprint } from '../model/fingerprint';
import type { Increment } from '../model/increment';
import type { RowVersion } from '../model/row-version';
import { readElsewhere, type ReadPoint } from './read-point';
import type { Snapshot } from './snapshot';

/** new: to be inserted. attached: its row is read at the flush. managed: loaded. removed: to be deleted. */
type TrackedState = 'new' | 'attached' | 'managed' | 'removed';

/** One instance of an entity that a unit of work answers for. */
export interface TrackedEntity {
  readonly entity: object;
  readonly model: EntityModel;
  state: TrackedState;
  /** `undefined` until the row of a new entity is inserted. */
  key: EntityKey | undefined;
  /** The version the row was read at or written to; `undefined` without a row version. */
  version: RowVersion | undefined;
  snapshot: Snapshot;
  /** When it was read first: as a root it guards what was read since then. */
  readAt: ReadPoint;
  /** When its row was last seen to be as it is known: as a part it is guarded by a root read before. */
  seenAt: ReadPoint;
  /** It was read again, and a rival had changed it. */
  hasChanged: boolean;
  /** The members that loaded collections had. */
  collections: Map<CollectionModel, readonly object[]> | undefined;
  /** Those of them that were loaded with a condition: what else they hold is not known. */
  filtered: Set<CollectionModel> | undefined;
  /**
   * Taken out of a collection, without a row version: the foreign key that its row must still have.
   * Set from the comparison to the end of its flush.
   */
  orphanOf?: ReadonlyMap<ColumnModel, Fingerprint> | undefined;
  /** Related objects that were left out when it was inserted alone. */
  leftOut?: ReadonlySet<object> | undefined;
  /** What its delete date was set or cleared by; an assignment is a change like any other. */
  softly?: 'soft-remove' | 'recover' | undefined;
  /** Why a change of it cannot be written, if it cannot. */
  readOnlyReason?: string | undefined;
  /** The row version moves at the next flush even if no column changed. */
  forcesIncrement: boolean;
  /** The unit has moved the row version, or made the row: nobody else can before it ends. */
  hasMoved: boolean;
  /** What the next flush adds to columns, by SQL arithmetic. */
  increments: Map<ColumnModel, Increment> | undefined;
  /** The version is compared at every flush, written or not: on behalf of a client, or of what was decided by it. */
  assertion: 'expect-version' | 'assert-unchanged' | undefined;
  /** False if a replay would meet the same conflict, because the version came from outside. */
  readonly isReplayable: boolean;
}

type Known = Partial<
  Pick<
    TrackedEntity,
    | 'state'
    | 'key'
    | 'version'
    | 'snapshot'
    | 'readAt'
    | 'seenAt'
    | 'readOnlyReason'
    | 'hasMoved'
    | 'isReplayable'
  >
>;

/** An entity of which nothing is known yet but what `known` says. */
export function trackedEntity(
  model: EntityModel,
  entity: object,
  known: Known = {},
): TrackedEntity {
  // One literal, so that all are of one shape.
  return {
    entity,
    model,
    state: known.state ?? 'new',
    key: known.key,
    version: known.version,
    snapshot: known.snapshot ?? model.columns.map(() => undefined),
    readAt: known.readAt ?? readElsewhere,
    seenAt: known.seenAt ?? readElsewhere,
    hasChanged: false,
    collections: undefined,
    filtered: undefined,
    orphanOf: undefined,
    leftOut: undefined,
    softly: undefined,
    readOnlyReason: known.readOnlyReason,
    forcesIncrement: false,
    hasMoved: known.hasMoved ?? false,
    increments: undefined,
    assertion: undefined,
    isReplayable: known.isReplayable ?? true,
  };
}
