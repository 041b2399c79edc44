import type { IsolationLevel } from '../../lib/index';
import { chooseVariants, type Variant } from '../setup/database/matrix';
import { controls } from './programs/controls';
import type { Program } from './programs/program';
import { programs } from './programs/programs';
import { unitOf } from './script';

export const levels: readonly IsolationLevel[] = [
  'READ COMMITTED',
  'REPEATABLE READ',
  'SERIALIZABLE',
];

/** One server is enough: the driver changes the statements of an insert, not who waits for whom. */
export const hasInterleavings = ({ name }: Pick<Variant, 'name'>): boolean =>
  name !== 'mysql driver';

/** Different orders per engine, at all its isolation levels together. */
const perEngine = Number(process.env['INTERLEAVINGS'] ?? 5_000);

/** The orders of one database: those of an engine are shared by its servers. */
export function ordersOf({ engine }: Pick<Variant, 'engine'>): number {
  const servers = chooseVariants().filter((one) => one.engine === engine && hasInterleavings(one));
  return Math.ceil(perEngine / servers.length);
}

/** Another one each time, so that many runs see many orders; `INTERLEAVINGS_SEED` repeats one. */
export const seed = Number(process.env['INTERLEAVINGS_SEED'] ?? Date.now() % 1_000_000);

/** One order that is to be walked again. */
export interface Again {
  readonly database: string;
  readonly isolation: IsolationLevel;
  readonly program: Program;
  readonly areReplayed: boolean;
  /** The units in the order of their steps. */
  readonly choices: readonly number[];
}

/**
 * Reads `INTERLEAVING`, as a failed test prints it.
 *
 * @throws {Error} There is no such level or program.
 */
export function readAgain(text: string | undefined): Again | undefined {
  if (text === undefined) return undefined;
  const [, database = '', level, title = '', letters = ''] =
    /^([^/]+)\/([^/]+)\/(.+)\/([A-Z]*)$/.exec(text) ?? [];
  const isolation = levels.find((one) => one === level);
  const areReplayed = title.endsWith(', replayed');
  const program = [...programs, ...controls].find(
    (one) => one.title === title.replace(/, replayed$/, ''),
  );
  if (!isolation || !program) throw new Error(`INTERLEAVING='${text}' names no order`);
  const choices = letters.split('').map(unitOf);
  return { database, isolation, program, areReplayed, choices };
}
