import { randomBytes } from 'node:crypto';

import type { ServerAddress } from './database-server';
import { runSql } from './run-sql';

type Server = Pick<ServerAddress, 'engine' | 'url'>;

/** Creates an empty database and answers its url. */
export async function createDatabase(server: Server, name = uniqueName()): Promise<string> {
  const create =
    server.engine === 'postgres'
      ? `CREATE DATABASE "${name}"`
      : `CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`;
  await runSql(server.engine, server.url, create);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops a database together with the connections that are still open to it. */
export async function dropDatabase(server: Server, databaseUrl: string): Promise<void> {
  const { engine, url } = server;
  const name = databaseName(databaseUrl);
  if (engine === 'postgres') {
    await runSql(engine, url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    return;
  }
  await endConnections(server, name);
  await runSql(engine, url, `DROP DATABASE IF EXISTS \`${name}\``);
}

/** DROP DATABASE would wait for a transaction that a failed test left open. */
async function endConnections({ engine, url }: Server, name: string): Promise<void> {
  const open = `SELECT id FROM information_schema.processlist WHERE db = '${name}'`;
  for (const { id } of await runSql(engine, url, open)) {
    // It may have ended by itself meanwhile.
    await runSql(engine, url, `KILL ${Number(id)}`).catch(() => undefined);
  }
}

export const databaseName = (databaseUrl: string): string => new URL(databaseUrl).pathname.slice(1);

const uniqueName = (): string => `uow_${process.pid}_${randomBytes(5).toString('hex')}`;
