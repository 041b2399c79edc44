import type { EntityKey } from '../model/entity-key';
import type { RowVersion } from '../model/row-version';
import type { GaveUpBy } from './gave-up-by';
import { UnitOfWorkError } from './unit-of-work-error';

// Registered, not unique: two copies of this package in one process must still agree.
const brand = Symbol.for('typeorm-unit-of-work/ConcurrencyError');

/** How the rival was noticed. */
export type ConcurrencyKind =
  'row-version' | 'serialization' | 'deadlock' | 'lock-timeout' | 'snapshot' | 'unique';

/** What the unit was about to do with the row. */
export type ConflictOperation =
  | 'update'
  | 'delete'
  | 'insert'
  | 'force-increment'
  | 'assert-unchanged'
  | 'expect-version'
  | 'lock'
  | 'read';

/** One row that another writer reached first. */
export interface Conflict<T = unknown> {
  readonly entityName: string;
  readonly tableName: string;
  readonly key: EntityKey;
  readonly operation: ConflictOperation;
  /** The version the unit had read; `null` for an entity without a row version. */
  readonly expectedVersion: RowVersion | null;
  /** The version the row has now; `null` if the row is gone or its entity has no row version. */
  readonly actualVersion: RowVersion | null;
  /**
   * The properties marked with `@ConcurrencyToken` that have another value now, as far as that is known. So
   * is the owner of an entity without a row version that was taken out of a collection.
   */
  readonly changedTokens: readonly string[];
  readonly entity: T;
}

export interface ConcurrencyErrorOptions extends ErrorOptions {
  readonly replayable?: boolean;
}

/**
 * Another writer got there first, and nothing of this unit was kept.
 *
 * `conflicts` lists every row concerned. For kind `row-version` the list is complete; for the
 * other kinds, where the database names no row, it holds the rows of the write set whose version
 * differs in a fresh read after the rollback, which may be none.
 *
 * Messages name keys and versions, never the values of columns.
 */
export class ConcurrencyError extends UnitOfWorkError {
  override readonly name = 'ConcurrencyError';
  readonly code = 'UNIT_OF_WORK_CONFLICT';
  readonly [brand] = true;
  readonly kind: ConcurrencyKind;
  readonly conflicts: readonly Conflict[];
  /** Whether running the unit again from fresh reads can succeed. A version that came from a client cannot. */
  readonly replayable: boolean;
  /** How often the function ran, the first run included. */
  attempts = 1;
  /** Why no further attempt was made. */
  gaveUp?: string;
  /** Who said so. */
  gaveUpBy?: GaveUpBy;

  constructor(
    kind: ConcurrencyKind,
    conflicts: readonly Conflict[],
    options?: ConcurrencyErrorOptions,
  ) {
    super(describe(kind, conflicts), options);
    this.kind = kind;
    this.conflicts = conflicts;
    this.replayable = options?.replayable ?? true;
  }

  /** The conflicts on rows of one entity class, with their entities typed. */
  conflictsOf<T extends object>(entityClass: abstract new (...args: never[]) => T): Conflict<T>[] {
    return this.conflicts.filter(
      (conflict): conflict is Conflict<T> => conflict.entity instanceof entityClass,
    );
  }

  /** Whether this very object is a ConcurrencyError, of whichever copy of this package. */
  static is(error: unknown): error is ConcurrencyError {
    return error instanceof Error && brand in error;
  }

  /** Finds the conflict behind an error, however often it was wrapped with `cause`. */
  static find(thrown: unknown): ConcurrencyError | undefined {
    const seen = new Set<unknown>();
    for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
      if (ConcurrencyError.is(error)) return error;
      seen.add(error);
    }
    return undefined;
  }
}

const listed = 10;

function describe(kind: ConcurrencyKind, conflicts: readonly Conflict[]): string {
  if (conflicts.length === 0) return `Lost to another writer: ${kind}`;
  const rows = conflicts.slice(0, listed).map(describeConflict);
  const more = conflicts.length > listed ? [`and ${conflicts.length - listed} more`] : [];
  return `Lost ${conflicts.length} row(s) to another writer (${kind}): ${[...rows, ...more].join('; ')}`;
}

function describeConflict(conflict: Conflict): string {
  const { operation, entityName, key, expectedVersion, actualVersion } = conflict;
  const row = `${operation} of ${entityName}(${key.map(String).join(', ')})`;
  if (operation === 'read' && actualVersion === null) return `${row}: it was changed meanwhile`;
  if (operation === 'insert') return `${row}: this row has its unique value`;
  if (conflict.changedTokens.length > 0) {
    return `${row} found another ${conflict.changedTokens.join(', ')}`;
  }
  if (expectedVersion === null) return `${row} found no row`;
  const found = actualVersion === null ? 'no row' : String(actualVersion);
  return `${row} expected version ${expectedVersion}, found ${found}`;
}
