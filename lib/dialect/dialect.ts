import type { ColumnModel, EntityModel, UniqueModel } from '../model/entity-model';
import type { Batch } from '../write-set/batch';
import type { Delete, Insert, Update } from '../write-set/change';
import type { LockBatch, LockedRow } from '../write-set/lock-plan';
import type { DriverError, Phase, Verdict } from './error-table';
import type { ReceiptStatements } from './receipts';
import type { Row, Statement } from './statement';

export type IsolationLevel = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

/** What the catalog says about a table; each dialect has its own. */
export type TableDescription = Readonly<Record<string, unknown>>;

/** A row to be inserted, with its values in the order of the batch's columns. */
export interface InsertRow {
  readonly values: readonly unknown[];
}

/** A row to be changed, with its values in the order of the batch's columns. */
interface UpdateRow {
  readonly change: Update;
  readonly values: readonly unknown[];
}

/**
 * A write and how its answer is read.
 *
 * Where `reports` is `rows` the reply holds a row per row that exists: `ord` (its position in the
 * batch, from 0), `reached` and the answered columns as `a0`, `a1`, …; `actual` is the version that
 * the locked row has. Where it is `count` the reply tells how many rows were written, and `readBack`
 * fetches `ord`, `a0`, … for all of them.
 */
export interface WriteStatement {
  readonly statement: Statement;
  readonly reports: 'rows' | 'count';
  readonly readBack?: Statement | undefined;
  /** Asks whether a row was there already (`found`), where the write does not tell. */
  readonly wasFound?: Statement | undefined;
  /** A row that is missing in the answer may be gone or have another version. */
  readonly isSilent?: boolean | undefined;
  /** Whether an answer says of all rows at once that they were written as they were sent. */
  readonly isWhole?: ((rows: readonly Row[]) => boolean) | undefined;
  /** Puts an answer that does not name its rows into their order. */
  readonly arrange?: ((rows: readonly Row[]) => Row[]) | undefined;
}

/** How the connections of a data source are set up when they are opened. */
export interface ServerSettings {
  /** Bytes one statement may hold; `undefined`: no limit that is met before `maxRows`. */
  readonly maxBytes: number | undefined;
  /** Whether a statement outside a transaction commits, and leaves none open. */
  readonly commitsAlone: boolean;
  /** The isolation of a transaction that names none, and of a statement outside one, if it is known. */
  readonly isolation: IsolationLevel | undefined;
  /** Whether a statement outside a transaction sees what one at READ COMMITTED does. */
  readonly writesAlone: boolean;
  /** Missing: all who write do so on one server, and see each other's locks. */
  readonly cluster?: ClusterSettings | undefined;
}

/** Several servers that hold the same rows and can all be written: a lock is seen on its own server alone. */
export interface ClusterSettings {
  /** Asks a server whether it takes part; one that does not takes connections all the same. */
  readonly askReady: Statement;
  isReady(rows: readonly Row[]): boolean;
  /**
   * Waits, outside a transaction, until a server has what was committed on any other; `undefined`: nothing
   * does.
   */
  readonly catchUp: Statement | undefined;
}

/** Part of the error by which a statement refuses to write some of its rows only. */
export const swallowedMark = 'some rows were kept from being written';

/**
 * Everything that differs between databases: the text of statements, abilities, errors.
 *
 * It knows no connection and no entity instance.
 */
export interface Dialect {
  readonly name: string;
  /** `count`: the rows of a batch must be locked and compared first, the reply of the write names none. */
  readonly batchedWriteReports: 'rows' | 'count';
  /** Rows one statement may hold. */
  readonly maxRows: number;
  /** Asks how the server is set up; `undefined`: nothing that matters can be set otherwise. */
  readonly askServer: Statement | undefined;
  readServer(rows: readonly Row[]): ServerSettings;
  /** Estimated bytes of a value in a statement. */
  weigh(value: unknown): number;

  /** @param usual The isolation of a transaction that names none, if it is known. */
  begin(isolation: IsolationLevel, usual: IsolationLevel | undefined): readonly Statement[];
  /** The command tag a successful COMMIT answers with, where the database says it. */
  readonly commitTag: string | undefined;
  /** Whether the first words of a statement begin or end a transaction, or commit it on the way. */
  controlsTransaction(sql: string): boolean;

  /** Asks the catalog what the statements must know about a table. */
  describeTable(model: EntityModel): Statement;
  /** @throws {MappingError} The table cannot be written safely. */
  readDescription(model: EntityModel, rows: readonly Row[]): TableDescription;
  /** False if rows of this shape can only be inserted one by one: their keys could not be told apart. */
  canInsertTogether(batch: Batch<Insert>, table: TableDescription): boolean;

  /**
   * Whether the statement of a batch writes all of its rows or none, and its answer tells which, or can
   * be made to. Where triggers, rules or policies have a say, nobody can tell.
   */
  canWriteAlone(batch: Batch, table: TableDescription, server: ServerSettings): boolean;
  /**
   * Makes a transaction of its own of a statement that might reach some rows without the others, or whose
   * rows are read back. It answers no row if nothing was written, and otherwise what `readBack` would.
   */
  readonly asTransaction?: (batch: Batch, write: WriteStatement) => Statement | undefined;
  /**
   * Locks rows in the order given; answers `ord` and `version` of those that exist, their tokens as
   * `token0`, `token1`, …, and the columns that are asked for as `c0`, `c1`, ….
   */
  lock(
    batch: LockBatch,
    rows: readonly LockedRow[],
    table: TableDescription,
    columns: readonly ColumnModel[],
  ): Statement;
  /** Reads columns without locking; answers `ord` and `c0`, `c1`, … of the rows that exist. */
  read(
    model: EntityModel,
    columns: readonly ColumnModel[],
    keys: readonly (readonly unknown[])[],
    table: TableDescription,
  ): Statement;
  /** Finds the rows that have a key of one column and are not softly deleted; answers `c0`, `c1`, …. */
  find(model: EntityModel, columns: readonly ColumnModel[], keys: readonly unknown[]): Statement;
  /** The same for rows that are found by another unique value, by the equality of its index. */
  readByUnique(
    model: EntityModel,
    unique: UniqueModel,
    columns: readonly ColumnModel[],
    values: readonly (readonly unknown[])[],
    table: TableDescription,
  ): Statement;
  insert(batch: Batch<Insert>, rows: readonly InsertRow[], table: TableDescription): WriteStatement;
  update(batch: Batch<Update>, rows: readonly UpdateRow[], table: TableDescription): WriteStatement;
  delete(batch: Batch<Delete>, rows: readonly Delete[], table: TableDescription): WriteStatement;

  readonly receipts: ReceiptStatements;

  /** Takes code and origin from whatever the driver threw. */
  readError(error: unknown): DriverError;
  judge(error: DriverError, phase: Phase): Verdict;
}
