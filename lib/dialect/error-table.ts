import type { ConcurrencyKind } from '../errors/concurrency-error';

/**
 * Where a unit was when the error came. The same code means different things in each. script: several
 * statements that were sent as one, the last of which commits.
 */
export type Phase = 'connect' | 'begin' | 'statement' | 'script' | 'commit' | 'rollback';

/** Whether the unit may be stored when an error comes. */
export function isDecisive(phase: Phase): boolean {
  return phase === 'commit' || phase === 'script';
}

/** What an error means: a conflict of a kind, a passing fault, or nothing that this library knows better. */
export interface Verdict {
  readonly meaning:
    ConcurrencyKind | 'foreign-key' | 'transient' | 'unknown-commit' | 'unreachable' | 'permanent';
  /** Whether the connection can be used again after a ROLLBACK. */
  readonly connection: 'keep' | 'destroy';
}

/** One line of a dialect's table. */
export interface ErrorLine {
  readonly code: string;
  /**
   * lost: the connection is gone, and what it has not answered is unknown. away: so is the server, which
   * says it to whoever connects. busy: there is no room now, and nothing was done. refused: a mistake, or
   * a server that is the wrong one; the connection goes. foreign-key: a row points to none. occupied:
   * somebody has left a transaction open on the connection, if one was to begin. interrupted: a statement
   * was not completed; of a script nobody knows which. mistake: running it again would meet it again.
   */
  readonly meaning:
    | ConcurrencyKind
    | 'foreign-key'
    | 'lost'
    | 'away'
    | 'busy'
    | 'refused'
    | 'occupied'
    | 'interrupted'
    | 'mistake';
  readonly name: string;
}

/** Code and text of an error as the driver reports it. */
export interface DriverError {
  /** SQLSTATE or error number of the server; `undefined` if no server spoke. */
  readonly serverCode: string | undefined;
  /** Code of the operating system or the driver, such as ECONNRESET. */
  readonly clientCode: string | undefined;
  /** The driver knew that the connection was closed and sent nothing. */
  readonly isUnsent: boolean;
}

const keep = { meaning: 'permanent', connection: 'keep' } as const;

/**
 * Judges an error by the phase it came in.
 *
 * An error without a word from the server is a lost connection: nobody will answer on it again.
 * During COMMIT a lost connection leaves the outcome unknown; before, the server rolls back.
 */
export function judge(table: readonly ErrorLine[], error: DriverError, phase: Phase): Verdict {
  if (error.isUnsent && isDecisive(phase)) return lost('statement');
  if (error.serverCode === undefined) return lost(phase);
  const line = table.find(({ code }) => code === error.serverCode);
  if (!line || line.meaning === 'mistake') return keep;
  if (line.meaning === 'occupied') return begins(phase) ? lost('begin') : keep;
  if (line.meaning === 'interrupted') return phase === 'script' ? lost(phase) : keep;
  if (line.meaning === 'lost') return lost(phase);
  if (line.meaning === 'away' && isDecisive(phase)) return lost(phase);
  if (line.meaning === 'away') return { meaning: 'transient', connection: 'destroy' };
  if (line.meaning === 'busy') return { meaning: 'transient', connection: 'destroy' };
  if (line.meaning === 'refused') return { meaning: 'permanent', connection: 'destroy' };
  return { meaning: line.meaning, connection: 'keep' };
}

const begins = (phase: Phase): boolean => phase === 'begin' || phase === 'script';

function lost(phase: Phase): Verdict {
  if (phase === 'connect') return { meaning: 'unreachable', connection: 'destroy' };
  if (isDecisive(phase)) return { meaning: 'unknown-commit', connection: 'destroy' };
  return { meaning: 'transient', connection: 'destroy' };
}
