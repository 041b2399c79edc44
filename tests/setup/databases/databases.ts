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
  const name = databaseName(databaseUrl);
  const drop =
    server.engine === 'postgres'
      ? `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`
      : `DROP DATABASE IF EXISTS \`${name}\``;
  await runSql(server.engine, server.url, drop);
}

export const databaseName = (databaseUrl: string): string =>
  new URL(databaseUrl).pathname.slice(1);

const uniqueName = (): string => `uow_${process.pid}_${randomBytes(5).toString('hex')}`;
