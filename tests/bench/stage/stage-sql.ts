import type { BenchEngine } from '../cells';

/** The statements of the stage, where the two databases differ. Placeholders are $1, $2, … */
export interface StageSql {
  readonly create: readonly string[];
  /** Parameters: the first key, and the number of rows. */
  readonly insert: string;
  readonly tidy: readonly string[];
  readonly isolation: string;
}

const table = `CREATE TABLE account (
  id int NOT NULL PRIMARY KEY,
  owner varchar(100) NOT NULL,
  balance int NOT NULL,
  note varchar(200) NOT NULL,
  visits int NOT NULL,
  row_version int NOT NULL DEFAULT 1
)`;

const columns = 'id, owner, balance, note, visits, row_version';

const sql: Readonly<Record<BenchEngine, StageSql>> = {
  postgres: {
    create: ['DROP TABLE IF EXISTS account', table],
    insert: `INSERT INTO account (${columns})
SELECT i, 'owner ' || i, i % 1000, 'a note of some length about account ' || i, 0, 1
  FROM generate_series($1::int, $1::int + $2::int - 1) AS i`,
    tidy: ['VACUUM ANALYZE account'],
    isolation: 'SHOW default_transaction_isolation',
  },
  mariadb: {
    create: ['DROP TABLE IF EXISTS account', table],
    insert: `INSERT INTO account (${columns})
WITH RECURSIVE keyed AS (
  SELECT $1 AS i, 1 AS n UNION ALL SELECT i + 1, n + 1 FROM keyed WHERE n < $2
)
SELECT i, concat('owner ', i), i % 1000, concat('a note of some length about account ', i), 0, 1
  FROM keyed`,
    tidy: ['ANALYZE TABLE account'],
    isolation: 'SELECT @@tx_isolation',
  },
};

export const sqlOfStage = (engine: BenchEngine): StageSql => sql[engine];
