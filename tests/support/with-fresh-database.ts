import { createDatabase, dropDatabase, type ServerAddress } from '../setup/databases';

/** Makes an empty database on a server for as long as `work` runs. */
export async function withFreshDatabase<T>(
  server: Pick<ServerAddress, 'engine' | 'url'>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const url = await createDatabase(server);
  try {
    return await work(url);
  } finally {
    await dropDatabase(server, url);
  }
}
