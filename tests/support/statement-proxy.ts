import { setTimeout as wait } from 'node:timers/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { DataSource, DataSourceOptions } from 'typeorm';

import type { TestDatabase } from '../setup/on-each-database';
import { withPool } from './pools';

/**
 * What becomes of a message to the server. `lose-request` cuts the connection and lets nothing through;
 * `lose-answer` lets it through and cuts the connection when it is answered; `delay` cuts the client
 * off at once, and lets the message through a while later.
 */
export type Fate = 'pass' | 'lose-request' | 'lose-answer' | 'delay';

const delayMs = 400;

/**
 * Asked before a message goes on to the server.
 *
 * @param received How many bytes the client has sent on the connection by now.
 */
export type Decide = (message: string, received: () => number) => Fate | Promise<Fate>;

/** Opens a pool whose messages to the server pass a proxy. */
export async function withStatementProxy<T>(
  database: Pick<TestDatabase, 'options'>,
  decide: Decide,
  work: (source: DataSource) => Promise<T>,
  overrides: Partial<DataSourceOptions> = {},
): Promise<T> {
  const { url } = database.options as { readonly url: string };
  const { hostname: host, port } = new URL(url);
  const sockets = new Set<Socket>();
  const proxy = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host, port: Number(port), noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    forward(client, upstream, decide);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((proxy.address() as AddressInfo).port);
  try {
    return await withPool(database, { ...overrides, url: proxied.href }, work);
  } finally {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  }
}

function forward(client: Socket, upstream: Socket, decide: Decide): void {
  let isAnswered = true;
  let isDelayed = false;
  let last = Promise.resolve();
  let received = 0;
  client.on('data', (bytes) => {
    received += bytes.length;
    last = last.then(async () => {
      const fate = await decide(bytes.toString('latin1'), () => received);
      if (fate === 'lose-request') {
        client.destroy();
        return;
      }
      if (fate === 'delay') {
        isDelayed = true;
        client.destroy();
        await wait(delayMs);
      }
      if (fate !== 'pass') isAnswered = false;
      upstream.write(bytes);
    });
  });
  upstream.on('data', (bytes) => {
    if (isAnswered) {
      client.write(bytes);
    } else {
      client.destroy();
      upstream.destroy();
    }
  });
  client.on('close', () => {
    if (!isDelayed) upstream.destroy();
  });
  upstream.on('close', () => client.destroy());
}
