import { announceOnStderr, type DatabaseServer, type Engine } from './database-server';
import type { Origin, StartOptions } from './database-server';
import { secondsSince } from './debian-packages';
import { prepareInstallation, type Installation, type Programs } from './installation';
import { runServer } from './run-server';
import { askDataFolder, askVersion } from './run-sql';
import { findServerUser } from './server-user';
import { productName } from './start-first';
import { openWorkspace, type Workspace } from './workspace';

/** What differs between engines once their programs are found. */
export interface Recipe {
  readonly engine: Engine;
  /** The user that this engine's packages create. */
  readonly userName: string;
  /** Ends the server with its children, without ceremony. */
  readonly endSignal: NodeJS.Signals;
  initialize(programs: Programs, workspace: Workspace): Promise<void>;
  parametersFor(programs: Programs, workspace: Workspace, port: number): readonly string[];
  urlOf(port: number): string;
}

/** Fills a fresh data directory and runs a server on it; nothing of it is left after `stop()`. */
export async function startInstallation(
  recipe: Recipe,
  origin: Origin,
  installation: Installation,
  { announce = announceOnStderr }: StartOptions,
): Promise<DatabaseServer> {
  const { engine, endSignal } = recipe;
  const startedAt = Date.now();
  const user = findServerUser(recipe.userName);
  const workspace = await openWorkspace({ name: engine, user, endSignal });
  try {
    const programs = await prepareInstallation(installation, workspace);
    await recipe.initialize(programs, workspace);
    const server = await runServer({
      programs,
      workspace,
      parametersFor: (port) => recipe.parametersFor(programs, workspace, port),
      askVersion: (port) => askOwnVersion(engine, recipe.urlOf(port), workspace),
    });
    const took = secondsSince(startedAt);
    announce(`${productName(engine)} ${server.version} (${origin}) is ready after ${took} s`);
    return {
      engine,
      version: server.version,
      origin,
      url: recipe.urlOf(server.port),
      logFile: server.logFile,
      crash: server.crash,
      stop: async () => {
        await server.stop();
        await workspace.remove();
      },
    };
  } catch (error) {
    await workspace.remove();
    throw error;
  }
}

/** Rejects the answer of a stranger that took the port before our server did. */
async function askOwnVersion(engine: Engine, url: string, { folder }: Workspace): Promise<string> {
  const dataFolder = await askDataFolder(engine, url);
  if (!dataFolder.startsWith(folder)) throw new Error('another server answers on this port');
  return askVersion(engine, url);
}
