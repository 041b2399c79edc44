import type { Reply, Statement } from '../dialect/statement';

/** The one thing a flush needs of a database: a statement goes out, a reply comes back. */
export interface Connection {
  send(statement: Statement): Promise<Reply>;
}
