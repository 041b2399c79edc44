import type { IsolationLevel } from '../../lib/index';
import type { Variant } from '../setup/database/matrix';
import { testedTypeorm } from './tested-typeorm';

type Place = Pick<Variant, 'name'>;

/** `ROUNDS=full` asks for all rounds everywhere. */
const isFull = process.env['ROUNDS'] === 'full';

/** Whether rounds that look for races are all done with this TypeORM: its version changes no lock. */
export const isMainTypeorm = isFull || testedTypeorm === 'typeorm';

/** Variants of a server that others stand for at READ COMMITTED: the same locks and snapshots. */
const alike: readonly Variant['name'][] = ['mysql driver', 'mariadb snapshot-isolation'];

/**
 * Whether rounds that look for races are all done here, or only some of them.
 *
 * All of them at READ COMMITTED, which is what units run at that name no level, once for each engine.
 */
export const isMainPlace = (
  { name }: Place,
  isolation: IsolationLevel = 'READ COMMITTED',
): boolean => isFull || (isMainTypeorm && isolation === 'READ COMMITTED' && !alike.includes(name));

/** Whether a race that takes many seconds is run here at all; elsewhere the same server decides it alike. */
export const isRacePlace = ({ name }: Place): boolean =>
  isFull || !alike.includes(name) || (isMainTypeorm && name !== 'mysql driver');
