export type { Announce, DatabaseServer, Engine, Origin } from './database-server';
export type { ServerAddress, StartOptions } from './database-server';
export { startPostgres } from './start-postgres';
export { startMariaDb } from './start-maria-db';
export { connectToMySql } from './connect-to-mysql';
export { createDatabase, databaseName, dropDatabase } from './databases';
export { MissingDatabaseError } from './start-first';
