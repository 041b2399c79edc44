import type { Dialect } from '../dialect/dialect';
import type { Reply, Statement } from '../dialect/statement';
import type { IdentityMap } from '../tracking/identity-map';
import type { Connection } from './connection';
import type { Assertion } from '../write-set/change';
import type { LockedRows } from './locked-rows';
import type { TableCatalog } from './table-catalog';
import type { WriteListeners } from './write-listeners';

/** What the stages of a flush work with. */
export interface FlushContext {
  readonly dialect: Dialect;
  readonly catalog: TableCatalog;
  readonly connection: Connection;
  readonly map: IdentityMap;
  readonly listeners: WriteListeners;
  /** What the user's code has locked. */
  readonly locked: readonly Assertion[];
  readonly held: LockedRows;
  /** Takes back, last first, what was written into entities. */
  readonly undo: (() => void)[];
  /** Changes entities again as the user's code has asked for; each gives back what takes that back. */
  readonly asked: (() => () => void)[];
  /** Set at the last flush, if one statement can still be the whole transaction. */
  readonly alone?: Alone | undefined;
}

/** The transaction of a flush that is a single statement, which commits by itself. */
export interface Alone {
  /** Whether no transaction was begun, and none is needed. */
  canSend(): boolean;
  /** Sends the statement. */
  send(statement: Statement): Promise<Reply>;
  /** Sends several statements as one, which begin and end the transaction themselves. */
  sendScript(script: Statement): Promise<Reply>;
  /** Reads what it has stored. */
  read(statement: Statement): Promise<Reply>;
  /** Reads why it has stored nothing; an error is one of the unit, which can run again. */
  ask(statement: Statement): Promise<Reply>;
  /** What failed when it was committed already, which takes nothing back. */
  readonly errors: unknown[];
}
