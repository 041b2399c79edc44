/** Units that must be committed under each sort of fault; `npm run test:cluster` asks for 20,000. */
export const unitsWanted = Number(process.env['CLUSTER'] ?? 150);

/** Whether this is the run that is made before a release. */
export const isFull = process.env['CLUSTER'] !== undefined;
