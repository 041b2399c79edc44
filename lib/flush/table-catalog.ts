import type { Dialect, TableDescription } from '../dialect/dialect';
import type { EntityModel } from '../model/entity-model';
import type { Connection } from './connection';

/** What the catalog of a database says, asked once per data source and table. */
export class TableCatalog {
  readonly #dialect: Dialect;
  readonly #tables = new Map<string, TableDescription>();
  #maxBytes: number | undefined;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** @throws {MappingError} The table cannot be written safely. */
  async describe(model: EntityModel, connection: Connection): Promise<TableDescription> {
    const known = this.#tables.get(model.tableName);
    if (known) return known;
    const { rows } = await connection.send(this.#dialect.describeTable(model));
    const description = this.#dialect.readDescription(model, rows);
    this.#tables.set(model.tableName, description);
    return description;
  }

  /** Bytes one statement may hold: a share of what the server takes, for values are estimated. */
  async maxBytes(connection: Connection): Promise<number | undefined> {
    if (this.#dialect.askMaxBytes === undefined) return undefined;
    if (this.#maxBytes === undefined) {
      const { rows } = await connection.send(this.#dialect.askMaxBytes);
      this.#maxBytes = 0.8 * Number(rows[0]?.['bytes']);
    }
    return this.#maxBytes;
  }
}
