import type { Dialect } from '../dialect/dialect';
import type { IdentityMap } from '../tracking/identity-map';
import type { Connection } from './connection';
import type { TableCatalog } from './table-catalog';

/** What the stages of a flush work with. */
export interface FlushContext {
  readonly dialect: Dialect;
  readonly catalog: TableCatalog;
  readonly connection: Connection;
  readonly map: IdentityMap;
  /** Takes back, last first, what was written into entities. */
  readonly undo: (() => void)[];
}
