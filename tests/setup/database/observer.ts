import { createPool, type Pool as MySqlPool } from 'mysql2/promise';
import { Pool as PostgresPool } from 'pg';

import type { Engine } from '../databases';
import type { Row } from '../databases/run-sql';

/** Connections of the harness itself: each statement commits by itself, and none is recorded. */
export interface Observer {
  /** Placeholders are $1, $2, … on every database. */
  readonly sql: (text: string, parameters?: readonly unknown[]) => Promise<Row[]>;
  /** The server's ids of the connections; only MySQL and MariaDB need them. */
  readonly connectionIds: ReadonlySet<number>;
  close(): Promise<void>;
}

/** PostgreSQL's log calls the harness by this name. */
export const observerName = 'observer';

export function openObserver(engine: Engine, url: string): Observer {
  return engine === 'postgres' ? observePostgres(url) : observeMySql(url);
}

function observePostgres(url: string): Observer {
  const pool = new PostgresPool({ connectionString: url, application_name: observerName });
  pool.on('error', () => undefined);
  return {
    connectionIds: new Set(),
    sql: async (text, parameters = []) => (await pool.query<Row>(text, [...parameters])).rows,
    close: () => pool.end(),
  };
}

function observeMySql(url: string): Observer {
  const pool: MySqlPool = createPool({ uri: url, charset: 'utf8mb4' });
  const connectionIds = new Set<number>();
  pool.on('connection', ({ threadId }) => connectionIds.add(threadId));
  return {
    connectionIds,
    sql: async (text, parameters = []) => {
      const values: unknown[] = [];
      const own = text.replace(/\$(\d+)/g, (_, position: string) => {
        values.push(parameters[Number(position) - 1]);
        return '?';
      });
      const [rows] = await pool.query(own, values);
      return Array.isArray(rows) ? (rows as Row[]) : [];
    },
    close: () => pool.end(),
  };
}
