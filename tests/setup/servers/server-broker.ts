import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { announceOnStderr, type DatabaseServer } from '../databases/database-server';
import { messageOf } from '../databases/run-command';
import { testServers, type TestServerName } from './test-servers';

export interface ServerBroker {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the servers of a test run, each when a test first asks for it, once for all workers.
 *
 * So a run without a database starts none, and a run with one engine starts only that.
 */
export async function openServerBroker(): Promise<ServerBroker> {
  const servers = new Map<TestServerName, Promise<DatabaseServer>>();
  const serverOf = (name: TestServerName) => {
    const server = servers.get(name) ?? testServers[name](announceOnStderr);
    servers.set(name, server);
    return server;
  };

  const broker = createServer((request, response) => {
    const name = decodeURIComponent(request.url ?? '').slice(1);
    if (name in testServers) void answer(response, serverOf(name as TestServerName));
    else response.writeHead(404).end(`there is no server ${name}`);
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  broker.unref();

  return {
    url: `http://127.0.0.1:${(broker.address() as AddressInfo).port}`,
    close: async () => {
      broker.close();
      broker.closeAllConnections();
      const started = await Promise.allSettled(servers.values());
      const running = started.filter((outcome) => outcome.status === 'fulfilled');
      await Promise.all(running.map(({ value }) => value.stop()));
    },
  };
}

async function answer(response: ServerResponse, starting: Promise<DatabaseServer>): Promise<void> {
  try {
    // Its function stop() does not travel.
    response.end(JSON.stringify(await starting));
  } catch (error) {
    response.writeHead(500).end(messageOf(error));
  }
}
