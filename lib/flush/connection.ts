import type { Reply, Statement } from '../dialect/statement';

/** The one thing a flush needs of a database: a statement goes out, a reply comes back. */
export interface Connection {
  /** Whether anything was sent that may have written. */
  readonly hasWritten: boolean;
  /** Sends a statement in the unit's transaction, which begins with it. */
  send(statement: Statement): Promise<Reply>;
  /** Sends a locking read in the unit's transaction: it may be on its way before that has begun. */
  lock(statement: Statement): Promise<Reply>;
  /** Sends what only reads: it needs no transaction, and is in it once that has begun. */
  read(statement: Statement): Promise<Reply>;
}

/** After the end nothing is written or locked any more. */
export function readingOnly(read: Connection['read']): Connection {
  return { hasWritten: false, send: read, lock: read, read };
}
