import type { Dialect } from '../dialect/dialect';
import type { IdentityMap } from '../tracking/identity-map';
import type { Connection } from './connection';
import type { TableCatalog } from './table-catalog';
import type { WriteListeners } from './write-listeners';

/** What the stages of a flush work with. */
export interface FlushContext {
  readonly dialect: Dialect;
  readonly catalog: TableCatalog;
  readonly connection: Connection;
  readonly map: IdentityMap;
  readonly listeners: WriteListeners;
  /** Takes back, last first, what was written into entities. */
  readonly undo: (() => void)[];
}
