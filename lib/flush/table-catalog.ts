import type { Dialect, ServerSettings, TableDescription } from '../dialect/dialect';
import type { EntityModel } from '../model/entity-model';
import type { Connection } from './connection';

/** What a database says of itself, asked once per data source and table. */
export class TableCatalog {
  readonly #dialect: Dialect;
  readonly #tables = new Map<string, TableDescription>();
  #server: ServerSettings | undefined;

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

  /** How the server is set up. */
  async server(connection: Connection): Promise<ServerSettings> {
    const { askServer } = this.#dialect;
    if (!this.#server) {
      const { rows } = askServer ? await connection.read(askServer) : { rows: [] };
      this.#server = this.#dialect.readServer(rows);
    }
    return this.#server;
  }
}
