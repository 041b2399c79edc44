import { announceOnStderr } from '../setup/databases/database-server';
import { findClusterPrograms } from './nodes/programs';

/** Fetches what a cluster needs; whoever cannot have one is told why. */
findClusterPrograms(() => undefined).catch((error: unknown) => {
  announceOnStderr(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
