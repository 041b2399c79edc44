import { DataSource, type DataSourceOptions, type EntitySchema } from 'typeorm';

import { createDatabase, dropDatabase, type Engine, type ServerAddress } from '../databases';
import { runSql, type Row } from '../databases/run-sql';
import { askForServer } from '../servers/ask-for-server';
import type { Variant } from './matrix';
import { openObserver, type Observer } from './observer';
import { recordOnMySql } from './record-on-my-sql';
import { logStatements, recordOnPostgres } from './record-on-postgres';

export type Entities = readonly (Function | EntitySchema)[];

/** A fresh database that lives as long as one `onEachDatabase` block. */
export interface TestDatabase {
  readonly name: Variant['name'];
  readonly engine: Engine;
  readonly server: ServerAddress;
  readonly source: DataSource;
  /** What opens a further pool; `type` and `url` are all that another process needs. */
  readonly options: DataSourceOptions;
  /** A second, independent pool; it is closed with the database. */
  openSource(overrides?: Partial<DataSourceOptions>): Promise<DataSource>;
  /** Runs a statement elsewhere, committed at once. Placeholders are $1, $2, … on every database. */
  sql(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** What the server received in this database while `work` ran, `sql` left out. */
  recordStatements(work: () => Promise<unknown>): Promise<string[]>;
}

export interface OpenedDatabase extends TestDatabase {
  close(): Promise<void>;
}

export async function openTestDatabase(
  variant: Variant,
  entities: Entities,
): Promise<OpenedDatabase> {
  const server = await askForServer(variant.server);
  await checkServer(server, variant);
  const url = await createDatabase(server);
  if (variant.engine === 'postgres') await logStatements(server, url);

  const options = optionsOf(variant, url, entities);
  const observer = openObserver(variant.engine, url);
  const sources: DataSource[] = [];
  const openSource = async (overrides: Partial<DataSourceOptions> = {}) => {
    const merged = { ...options, ...overrides } as DataSourceOptions;
    const opened = await new DataSource(merged).initialize();
    sources.push(opened);
    return opened;
  };
  const close = async () => {
    const open = sources.filter(({ isInitialized }) => isInitialized);
    await Promise.all(open.map((source) => source.destroy()));
    await observer.close();
    await dropDatabase(server, url);
  };

  try {
    const source = await openSource({ synchronize: true });
    const { name, engine } = variant;
    const recordStatements = recorderOf(server, url, observer);
    const { sql } = observer;
    return { name, engine, server, source, options, openSource, sql, recordStatements, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function optionsOf(variant: Variant, url: string, entities: Entities): DataSourceOptions {
  const { type } = variant;
  // TypeORM takes the type from the url where both are given.
  const common = { url: url.replace(/^[^:]+/, type), entities: [...entities] };
  return type === 'postgres' ? { ...common, type } : { ...common, type, charset: 'utf8mb4' };
}

function recorderOf(server: ServerAddress, url: string, observer: Observer) {
  return (work: () => Promise<unknown>) =>
    server.engine === 'postgres'
      ? recordOnPostgres(server, url, work)
      : recordOnMySql(server, url, observer.connectionIds, work);
}

/** A server that was given by its url may be set up differently than the name of a test says. */
async function checkServer(server: ServerAddress, { name, snapshotIsolation }: Variant) {
  if (server.origin !== 'url' || server.engine === 'postgres') return;
  const wanted: Record<string, string> = { default_storage_engine: 'InnoDB' };
  if (snapshotIsolation !== undefined) wanted['innodb_snapshot_isolation'] = snapshotIsolation;
  const rows = await runSql(server.engine, server.url, 'SHOW GLOBAL VARIABLES');
  const actual = new Map(rows.map((row) => [row['Variable_name'], row['Value']]));
  for (const [variable, value] of Object.entries(wanted)) {
    if (actual.get(variable) === value) continue;
    const found = String(actual.get(variable));
    throw new Error(`the server given for ${name} has ${variable} = ${found} instead of ${value}`);
  }
}
