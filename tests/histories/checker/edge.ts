import type { UnitRecord } from './history';

/** `ww`: overwrites what the other wrote. `wr`: reads it. `rw`: overwrites what the other had read. */
export type EdgeKind = 'ww' | 'wr' | 'rw';

/** `from` must come before `to` in every serial order that explains the history. */
export interface Edge {
  readonly kind: EdgeKind;
  readonly from: UnitRecord;
  readonly to: UnitRecord;
  readonly row: string;
  /** What `from` and `to` did, for people. */
  readonly because: string;
  /** Of an `rw`: whether who read the row changed it too. */
  readonly isOwn?: boolean;
  /** Of an `rw`: whether who read the row also changed, asserted or locked it. */
  readonly isGuarded?: boolean;
}
