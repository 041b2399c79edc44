import { DataSource, type DataSourceOptions } from 'typeorm';

import { createDatabase, databaseName, dropDatabase } from '../../setup/databases';
import { openObserver, type Observer } from '../../setup/database/observer';
import { runSql } from '../../setup/databases/run-sql';
import type { Entities } from '../../setup/database/test-database';
import { urlOf } from '../nodes/plan';
import type { Cluster } from '../nodes/cluster';

const type = 'mariadb';
/** Waits, on a node, until it has what was committed on any. */
const untilCaughtUp = 'SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1';

/** A database that all nodes of a cluster hold, and a data source for each of them. */
export class ClusterDatabase {
  readonly cluster: Cluster;
  readonly urls: readonly string[];
  readonly #sources: DataSource[] = [];
  readonly #observers: Observer[];

  private constructor(cluster: Cluster, name: string) {
    this.cluster = cluster;
    this.urls = cluster.nodes.map((node) => new URL(`/${name}`, urlOf(node)).href);
    this.#observers = this.urls.map((url) => openObserver(type, url));
  }

  /** @param poolSize Connections of a data source. */
  static async open(cluster: Cluster, entities: Entities, poolSize = 10): Promise<ClusterDatabase> {
    const server = { engine: type, url: urlOf(cluster.node(1)) } as const;
    const database = new ClusterDatabase(cluster, databaseName(await createDatabase(server)));
    // Nobody can use a database before his node has it.
    await Promise.all(cluster.nodes.map((node) => runSql(type, urlOf(node), untilCaughtUp)));
    for (const _ of cluster.nodes) {
      const isFirst = database.#sources.length === 0;
      await database.#open({ entities: [...entities], poolSize, synchronize: isFirst });
      if (isFirst) await database.untilSame();
    }
    return database;
  }

  /** What is connected to a node. */
  source(node: number): DataSource {
    const source = this.#sources[node - 1];
    if (source) return source;
    throw new Error(`there is no node ${node}`);
  }

  /** What opens a further pool to a node. */
  optionsOf(node: number): DataSourceOptions {
    return Object.assign({}, this.source(node).options, { synchronize: false });
  }

  /** Runs a statement on a node, committed at once. Placeholders are $1, $2, … */
  async sql(node: number, text: string, parameters: readonly unknown[] = []) {
    return (await this.#observers[node - 1]?.sql(text, parameters)) ?? [];
  }

  /** Waits until every node has what was committed on any. */
  async untilSame(): Promise<void> {
    await Promise.all(this.#observers.map(({ sql }) => sql(untilCaughtUp)));
  }

  /** The checksum of each table, node by node; of nodes that agree they are the same. */
  async checksums(): Promise<readonly string[]> {
    await this.untilSame();
    const [first] = this.#observers;
    const tables = (await first?.sql('SHOW TABLES'))?.flatMap((row) => Object.values(row)) ?? [];
    const list = tables.map((table) => `\`${String(table)}\``).join(', ');
    const texts = this.#observers.map(async ({ sql }) => {
      const rows = await sql(`CHECKSUM TABLE ${list}`);
      return rows.map((row) => `${String(row['Table'])} ${String(row['Checksum'])}`).join(', ');
    });
    return Promise.all(texts);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.destroy()));
    await Promise.all(this.#observers.map((observer) => observer.close()));
    const url = urlOf(this.cluster.node(1));
    await dropDatabase({ engine: type, url }, this.urls[0] ?? url);
  }

  async #open(options: Partial<DataSourceOptions>): Promise<void> {
    const url = this.urls[this.#sources.length] ?? '';
    const merged = { ...options, type, url, charset: 'utf8mb4' } as DataSourceOptions;
    this.#sources.push(await new DataSource(merged).initialize());
  }
}
