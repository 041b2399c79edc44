import type { Variant } from '../setup/database/matrix';
import { isMainPlace } from '../support/how-many-rounds';

const inFull = Number(process.env['DIFFERENTIAL'] ?? 2_000);
const elsewhere = 150;

/**
 * Cases of a database; `DIFFERENTIAL` is another number. All of them once for each engine, with TypeORM 1:
 * another version or driver has no other meaning.
 */
export const howManyCases = (variant: Pick<Variant, 'name'>): number =>
  isMainPlace(variant) ? inFull : Math.min(elsewhere, inFull);

/** On demand another one each time, so that many runs see many cases; `DIFFERENTIAL_SEED` repeats one. */
const usual = process.env['CI'] ? 7 : Date.now() % 1_000_000;
export const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? usual);

/** Their rows are stored and read by one statement for each table. */
export const casesAtOnce = 100;
