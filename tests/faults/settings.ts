import type { IsolationLevel } from '../../lib/index';
import type { Variant } from '../setup/database/matrix';
import { kinds, type Kind } from './ledger/kinds';

type Place = Pick<Variant, 'name'>;
type Level = IsolationLevel | undefined;

/** Whether everything is asked for everywhere. */
const isOnDemand = process.env['FAULTS'] !== undefined;

/**
 * Units that name no level, and units with a snapshot. Variants of a server that another one stands for
 * are tried at the level at which they differ most from it.
 */
export function levelsOf({ name }: Place): readonly Level[] {
  if (name === 'mysql driver' && !isOnDemand) return [undefined];
  if (name === 'mariadb snapshot-isolation' && !isOnDemand) return ['REPEATABLE READ'];
  return [undefined, 'REPEATABLE READ'];
}

/** The two ways to commit, where everything else is tried on the same server. */
export function kindsOf({ name }: Place): readonly Kind[] {
  const isAlike = name === 'mysql driver' || name === 'mariadb snapshot-isolation';
  return isAlike && !isOnDemand ? ['transfer', 'deposit'] : kinds;
}

export const nameOf = (level: Level): string => level ?? 'the default isolation';

/** Another one each time, so that many runs see many faults; `FAULTS_SEED` repeats one. */
export const seed = Number(process.env['FAULTS_SEED'] ?? Date.now() % 1_000_000);

/** Units of a database that meet several faults by chance; `FAULTS` is another number. */
export const storms = Number(process.env['FAULTS'] ?? 120);

/** How often each server is killed; `CRASHES` is another number. */
export const crashes = Number(process.env['CRASHES'] ?? 1);

/** Units that run at the same time, each with accounts and a proxy of its own. */
export const lanesAtOnce = 8;
