import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';

import type { Engine } from './database-server';

export type Row = Readonly<Record<string, unknown>>;

/** Sends one statement on a connection of its own. */
export function runSql(engine: Engine, url: string, text: string): Promise<readonly Row[]> {
  return engine === 'postgres' ? runOnPostgres(url, text) : runOnMySql(url, text);
}

async function runOnPostgres(url: string, text: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that is stopped while this connection closes is no news.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text);
    return rows;
  } finally {
    await client.end();
  }
}

async function runOnMySql(url: string, text: string): Promise<readonly Row[]> {
  const connection = await createConnection({ uri: url, connectTimeout: 5_000 });
  try {
    const [rows] = await connection.query(text);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  } finally {
    await connection.end();
  }
}

export async function askVersion(engine: Engine, url: string): Promise<string> {
  const text =
    engine === 'postgres'
      ? "SELECT current_setting('server_version') AS version"
      : 'SELECT version() AS version';
  const [row] = await runSql(engine, url, text);
  return /^[\d.]*\d/.exec(String(row?.['version']))?.[0] ?? 'unknown';
}

/** The data directory of a server, which tells it from every other one. */
export async function askDataFolder(engine: Engine, url: string): Promise<string> {
  const value = engine === 'postgres' ? "current_setting('data_directory')" : '@@datadir';
  const [row] = await runSql(engine, url, `SELECT ${value} AS folder`);
  return String(row?.['folder']);
}
