import { isMainTypeorm } from '../../support/how-many-rounds';

/** Whether this is the run that is made before a release. */
export const isFull = process.env['CLUSTER'] !== undefined;

const asked = Number(process.env['CLUSTER'] ?? 150);

/** Units that must be committed under each sort of fault; `npm run test:cluster` asks for 20,000. */
export const unitsWanted = isMainTypeorm ? asked : asked / 10;
