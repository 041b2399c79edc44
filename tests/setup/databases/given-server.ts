import type { DatabaseServer, Engine } from './database-server';
import { messageOf } from './run-command';
import { askVersion } from './run-sql';
import type { Candidate } from './start-first';

/** The server that an environment variable names. */
export function givenServer(engine: Engine, variable: string): Candidate {
  return {
    origin: 'url',
    remedy: `set ${variable} to the url of a server whose user may create databases`,
    final: Boolean(process.env[variable]),
    start: () => connectToGiven(engine, variable),
  };
}

async function connectToGiven(engine: Engine, variable: string): Promise<DatabaseServer> {
  const url = process.env[variable];
  if (!url) throw new Error(`${variable} is not set`);
  try {
    const version = await askVersion(engine, url);
    return { engine, version, origin: 'url', url, stop: () => Promise.resolve() };
  } catch (error) {
    // The url itself may hold a password.
    throw new Error(`${variable}: ${messageOf(error)}`, { cause: error });
  }
}
