import type { DataSource } from 'typeorm';
import { createDatabase, dropDatabase, type DatabaseServer } from '../../tests/setup/databases';
import type { DatabaseType } from '../setup/start-server';
import { fillDatabase, openDatabase } from './database';
import { readFigures, type Figures } from './figures';
import { Workers } from './workers';
import type { Variant } from './writers';

/** One column of the table: a variant of the workload, its processes and a database of its own. */
export class Column {
  readonly #label: string;
  readonly #server: DatabaseServer;
  readonly #url: string;
  readonly #dataSource: DataSource;
  readonly #workers: Workers;

  private constructor(
    variant: Variant,
    server: DatabaseServer,
    address: { readonly type: DatabaseType; readonly url: string },
    dataSource: DataSource,
    signal: AbortSignal,
  ) {
    this.#label = variant === 'save' ? 'plain save()' : 'unit of work';
    this.#server = server;
    this.#url = address.url;
    this.#dataSource = dataSource;
    this.#workers = new Workers(variant, address, signal);
  }

  static async open(
    variant: Variant,
    server: DatabaseServer,
    type: DatabaseType,
    signal: AbortSignal,
  ): Promise<Column> {
    signal.throwIfAborted();
    const address = { type, url: await createDatabase(server) };
    const dataSource = await openDatabase(address, 1);
    await fillDatabase(dataSource);
    return new Column(variant, server, address, dataSource, signal);
  }

  ready(): Promise<void> {
    return this.#workers.ready();
  }

  /** Runs the workload for a while, and prints what the ledger says so far. */
  async takeTurn(ms: number, signal: AbortSignal): Promise<void> {
    await this.#workers.takeTurn(ms, signal);
    const { commits, conflicts, replays, lost } = await this.figures();
    console.log(
      `  ${this.#label}: ${commits} commits, ${conflicts} conflicts, ${replays} replays, ${lost} lost`,
    );
  }

  endWorkers(): Promise<void> {
    return this.#workers.end();
  }

  figures(): Promise<Figures> {
    return readFigures(this.#dataSource);
  }

  async close(): Promise<void> {
    this.#workers.kill();
    await this.#dataSource.destroy();
    // An error of the run matters more, and a server of ours takes its databases along.
    await dropDatabase(this.#server, this.#url).catch(() => undefined);
  }
}
