import { setTimeout as wait } from 'node:timers/promises';

import { databaseName } from '../setup/databases';
import type { TestDatabase } from '../setup/on-each-database';

/**
 * Whether the server has had to resolve a deadlock in this database.
 *
 * PostgreSQL counts it when the victim's connection ends, so the pool of that name must be closed.
 * MySQL and MariaDB count all databases together, but their report of the latest one names tables.
 */
export async function hasServerSeenDeadlock(
  database: TestDatabase,
  applicationName: string,
): Promise<boolean> {
  if (database.engine !== 'postgres') {
    const [row] = await database.sql('SHOW ENGINE INNODB STATUS');
    const section = /LATEST DETECTED DEADLOCK\n([\s\S]*?)\n-+\nTRANSACTIONS\n/;
    const [, report = ''] = section.exec(String(row?.['Status'])) ?? [];
    const { url } = database.options as { readonly url: string };
    return report.includes(`\`${databaseName(url)}\``);
  }
  await waitUntilGone(database, applicationName);
  const [row] = await database.sql(
    'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.['deadlocks']) > 0;
}

async function waitUntilGone(database: TestDatabase, applicationName: string): Promise<void> {
  const count = `SELECT COUNT(*) AS n FROM pg_stat_activity
                  WHERE application_name = $1 AND datname = current_database()`;
  for (;;) {
    const [row] = await database.sql(count, [applicationName]);
    if (Number(row?.['n']) === 0) return;
    await wait(10);
  }
}
