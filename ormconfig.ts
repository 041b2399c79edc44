// The one data source that TypeORM's command line works on: `npm run typeorm -- schema:log`.
import 'reflect-metadata';
import { DataSource } from 'typeorm';

const given = process.env['DATABASE_URL'] ?? 'postgres://postgres:postgres@localhost:5432/postgres';
// Both names are in use; TypeORM knows one.
const url = given.replace(/^postgresql:/, 'postgres:');
const protocol = new URL(url).protocol;

const types = { 'postgres:': 'postgres', 'mysql:': 'mysql', 'mariadb:': 'mariadb' } as const;
const isKnown = (name: string): name is keyof typeof types => name in types;
if (!isKnown(protocol)) throw new Error(`DATABASE_URL has the unknown protocol ${protocol}`);

export default new DataSource({
  type: types[protocol],
  url,
  entities: ['examples/**/entities.ts', 'examples/**/entities/*.ts'],
  migrations: ['examples/**/migrations/*.ts'],
});
