import type { Batch } from '../write-set/batch';
import type { WriteStatement } from './dialect';
import type { Statement } from './statement';

/**
 * A write of several rows as a transaction of its own, which one message carries: it commits if all rows
 * were reached and rolls back if one was not. It answers what is read back, or how many rows were
 * written; nothing, if nothing was. An error ends it where it is: the transaction stays open then.
 *
 * @see https://mariadb.com/kb/en/begin-end/ (BEGIN NOT ATOMIC)
 */
export function asScript({ rows }: Batch, { statement, readBack }: WriteStatement): Statement {
  const answer = readBack ?? { sql: 'SELECT ? AS affected', parameters: [rows.length] };
  const sql = `BEGIN NOT ATOMIC
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
START TRANSACTION;
${statement.sql};
IF ROW_COUNT() = ? THEN
${answer.sql};
COMMIT;
ELSE
ROLLBACK;
END IF;
END`;
  return { sql, parameters: [...statement.parameters, rows.length, ...answer.parameters] };
}
