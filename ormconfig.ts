// The one data source that TypeORM's command line works on: `npm run typeorm -- schema:log`.
import 'reflect-metadata';
import { DataSource } from 'typeorm';

const given = process.env['DATABASE_URL'] ?? 'postgres://postgres:postgres@localhost:5432/postgres';
// Both names are in use; TypeORM knows one.
const url = given.replace(/^postgresql:/, 'postgres:');
const protocol = /^\w+:/.exec(url)?.[0] ?? 'none';

const types = { 'postgres:': 'postgres', 'mysql:': 'mysql', 'mariadb:': 'mariadb' } as const;
const isKnown = (name: string): name is keyof typeof types => name in types;
if (!isKnown(protocol)) {
  // The command line ends without a word if this file throws.
  console.error(`DATABASE_URL may be a url of ${Object.keys(types).join(' ')}, not of ${protocol}`);
  process.exit(1);
}

export default new DataSource({
  type: types[protocol],
  url,
  entities: ['examples/**/entities.ts', 'examples/**/entities/*.ts'],
  migrations: ['examples/**/migrations/*.ts'],
});
