import type { Dialect, TableDescription } from '../dialect/dialect';
import type { EntityModel } from '../model/entity-model';
import type { Connection } from './connection';

/** What the catalog of a database says, asked once per data source and table. */
export class TableCatalog {
  readonly #dialect: Dialect;
  readonly #tables = new Map<string, TableDescription>();
  #server: { readonly maxBytes: number; readonly commitsAlone: boolean } | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** @throws {MappingError} The table cannot be written safely. */
  async describe(model: EntityModel, connection: Connection): Promise<TableDescription> {
    const known = this.#tables.get(model.tableName);
    if (known) return known;
    const { rows } = await connection.read(this.#dialect.describeTable(model));
    const description = this.#dialect.readDescription(model, rows);
    this.#tables.set(model.tableName, description);
    return description;
  }

  /** Bytes one statement may hold: a share of what the server takes, for values are estimated. */
  async maxBytes(connection: Connection): Promise<number | undefined> {
    return (await this.#askServer(connection))?.maxBytes;
  }

  /** Whether a statement outside a transaction commits, and leaves none open. */
  async commitsAlone(connection: Connection): Promise<boolean> {
    return (await this.#askServer(connection))?.commitsAlone ?? true;
  }

  async #askServer(connection: Connection) {
    const { askServer } = this.#dialect;
    if (askServer === undefined || this.#server) return this.#server;
    const [row] = (await connection.read(askServer)).rows;
    this.#server = {
      maxBytes: 0.8 * Number(row?.['bytes']),
      commitsAlone: Number(row?.['autocommit']) === 1,
    };
    return this.#server;
  }
}
