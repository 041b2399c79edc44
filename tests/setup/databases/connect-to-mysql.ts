import type { DatabaseServer } from './database-server';
import { givenServer } from './given-server';
import { startFirst } from './start-first';

/** A real MySQL: no npm or Debian package brings one, so only `MYSQL_URL` can name it. */
export function connectToMySql(): Promise<DatabaseServer> {
  return startFirst('mysql', [givenServer('mysql', 'MYSQL_URL')]);
}
