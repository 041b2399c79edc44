import type { IsolationLevel } from '../../lib/index';
import type { Variant } from '../setup/database/matrix';
import type { Strictness } from './checker/find-cycles';

export const levels: readonly IsolationLevel[] = [
  'READ COMMITTED',
  'REPEATABLE READ',
  'SERIALIZABLE',
];

/** The share of the rows that were only read which units assert or lock. */
export const shares: readonly number[] = [1, 0.5, 0];

/** What is promised at a level of whatever a unit did not guard. */
export const promised: Readonly<Record<IsolationLevel, Strictness>> = {
  'READ COMMITTED': 'checked',
  'REPEATABLE READ': 'snapshot',
  SERIALIZABLE: 'serializable',
};

const perLevel = Number(process.env['HISTORIES'] ?? 1_800);

/**
 * Units of a database at one level; `HISTORIES` is another number.
 *
 * Fewer where only the driver is another: it changes how inserts are answered, not who waits for whom.
 */
export const unitsPerLevel = ({ name }: Pick<Variant, 'name'>): number =>
  name === 'mysql driver' ? Math.ceil(perLevel / 3) : perLevel;

/** Another one each time, so that many runs see many units; `HISTORIES_SEED` repeats one. */
export const seed = Number(process.env['HISTORIES_SEED'] ?? Date.now() % 1_000_000);

/** Lists grow with each unit, and are written as a whole. */
export const unitsOfHistory = 200;

/** Histories that run at the same time on rows of their own: most of their units wait for something. */
export const historiesAtOnce = 3;

/** One history that is to be run again. */
export interface Again {
  readonly database: string;
  readonly isolation: IsolationLevel;
  readonly guarded: number;
  readonly seed: number;
}

export const nameOf = ({ database, isolation, guarded, seed }: Again): string =>
  [database, isolation, guarded, seed].join('/');

/**
 * Reads `HISTORY`, as a failed test prints it: the same units, though never at the same moments.
 *
 * @throws {Error} It is no such name.
 */
export function readAgain(text: string | undefined): Again | undefined {
  if (text === undefined) return undefined;
  const [database = '', level, guarded, seed] = text.split('/');
  const isolation = levels.find((one) => one === level);
  if (!isolation || !seed) throw new Error(`HISTORY='${text}' names no history`);
  return { database, isolation, guarded: Number(guarded), seed: Number(seed) };
}
