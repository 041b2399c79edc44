import { randomBytes } from 'node:crypto';

import { databaseName } from '../setup/databases';
import type { TestDatabase } from '../setup/on-each-database';

/**
 * Makes a user that may have one connection at a time, for as long as `work` runs.
 *
 * @param work Is handed the url that the user connects with.
 */
export async function withOneConnectionUser(
  database: Pick<TestDatabase, 'engine' | 'options' | 'sql'>,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const url = new URL((database.options as { readonly url: string }).url);
  const user = `uow_${randomBytes(5).toString('hex')}`;
  const password = randomBytes(8).toString('hex');
  const { create, drop } =
    database.engine === 'postgres'
      ? onPostgres(user, password)
      : onMySql(user, password, databaseName(url.href));
  for (const statement of create) await database.sql(statement);
  try {
    await work(Object.assign(url, { username: user, password }).href);
  } finally {
    for (const statement of drop) await database.sql(statement);
  }
}

function onPostgres(user: string, password: string) {
  return {
    create: [
      `CREATE ROLE ${user} LOGIN PASSWORD '${password}' CONNECTION LIMIT 1`,
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${user}`,
      `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${user}`,
    ],
    drop: [`DROP OWNED BY ${user}`, `DROP ROLE ${user}`],
  };
}

function onMySql(user: string, password: string, name: string) {
  return {
    create: [
      `CREATE USER ${user}@'%' IDENTIFIED BY '${password}' WITH MAX_USER_CONNECTIONS 1`,
      `GRANT ALL ON \`${name}\`.* TO ${user}@'%'`,
    ],
    drop: [`DROP USER ${user}@'%'`],
  };
}
