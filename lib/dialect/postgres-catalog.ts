import { MappingError } from '../errors/mapping-error';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { TableDescription } from './dialect';
import { quote } from './postgres-syntax';
import type { Row, Statement } from './statement';

/** What `pg_attribute` says of a column. */
export interface PostgresColumn {
  /** Type name without length: a cast to `varchar(3)` would cut a longer text without a word. */
  readonly type: string;
  readonly isArray: boolean;
  /** Expression that draws the next value of a default or an identity column. */
  readonly generator: string | undefined;
  readonly isIdentity: boolean;
}

export interface PostgresTable extends TableDescription {
  readonly isPlain: boolean;
  readonly columns: ReadonlyMap<string, PostgresColumn>;
}

/** @see https://www.postgresql.org/docs/current/catalog-pg-attribute.html */
export function describeTable({ tablePath }: EntityModel): Statement {
  const sql = `SELECT a.attname AS name, format_type(a.atttypid, -1) AS type,
  y.typcategory = 'A' AS is_array, a.attidentity <> '' AS is_identity,
  CASE WHEN a.attidentity <> ''
    THEN format('nextval(pg_get_serial_sequence(%L, %L)::regclass)', $1::text, a.attname)
    WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid)
  END AS generator,
  r.relkind = 'r' AND NOT r.relhasrules AND NOT r.relrowsecurity AND NOT r.relhassubclass
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = r.oid AND NOT g.tgisinternal) AS is_plain
FROM pg_attribute a
JOIN pg_class r ON r.oid = a.attrelid
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped`;
  return { sql, parameters: [tablePath.map(quote).join('.')] };
}

export function readDescription(_model: EntityModel, rows: readonly Row[]): PostgresTable {
  const columns = rows.map((row) => {
    const column: PostgresColumn = {
      type: String(row['type']),
      isArray: row['is_array'] === true,
      generator: typeof row['generator'] === 'string' ? row['generator'] : undefined,
      isIdentity: row['is_identity'] === true,
    };
    return [String(row['name']), column] as const;
  });
  return { columns: new Map(columns), isPlain: rows[0]?.['is_plain'] === true };
}

/** Whether what is written is what was sent: no trigger, rule or policy, no view, no partitions. */
export function isPlain(table: TableDescription): boolean {
  return (table as PostgresTable).isPlain;
}

/** @throws {MappingError} The table has no such column. */
export function columnOf(
  table: TableDescription,
  model: EntityModel,
  { databaseName, propertyPath }: ColumnModel,
): PostgresColumn {
  const found = (table as PostgresTable).columns.get(databaseName);
  if (found) return found;
  throw new MappingError(
    `${model.entityName}.${propertyPath} is mapped to column ${databaseName}, which table ${model.tableName} does not have`,
  );
}
