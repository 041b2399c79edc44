import { startMariaDb, startPostgres, type DatabaseServer } from '../../tests/setup/databases';

export const databaseTypes = ['postgres', 'mariadb'] as const;
export type DatabaseType = (typeof databaseTypes)[number];

/** @throws {Error} None could be had: the message says what was tried and what helps. */
export function startServer(type: DatabaseType): Promise<DatabaseServer> {
  const announce = (line: string) => console.log(line);
  return type === 'postgres'
    ? startPostgres({ prefer: 'embedded', announce })
    : startMariaDb({ announce });
}
