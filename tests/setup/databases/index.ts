export type { Announce, DatabaseServer, Engine, ServerAddress } from './database-server';
export { startPostgres } from './start-postgres';
export { startMariaDb } from './start-maria-db';
export { connectToMySql } from './connect-to-mysql';
export { createDatabase, databaseName, dropDatabase } from './databases';
