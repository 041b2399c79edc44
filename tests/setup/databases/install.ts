import { startMariaDb, startPostgres } from '.';

/** Makes sure that both engines can be had, by starting each of them once. */
async function installDatabases(): Promise<void> {
  for (const start of [startPostgres, startMariaDb]) {
    const server = await start();
    await server.stop();
  }
}

installDatabases().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
