// The process of the proxy: it passes bytes on, later if told so, and counts round trips.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import type { Destination } from '../../support/redirect';
import { DelayLine } from './delay-line';
import type { ProxyRequest } from './messages';
import { RoundTrips } from './round-trips';

const line = new DelayLine();
const connections: RoundTrips[] = [];
let delayMs = 0;

function pass(client: Socket, to: Destination): void {
  const server = connect({ ...to, noDelay: true });
  const trips = new RoundTrips();
  connections.push(trips);
  client.setNoDelay(true);
  // The whole delay of a round trip lies on the way there: the sum is the same.
  client.on('data', (bytes) => {
    trips.clientSpoke();
    line.push(delayMs, () => server.write(bytes));
  });
  server.on('data', (bytes) => {
    trips.serverSpoke();
    client.write(bytes);
  });
  client.on('close', () => line.push(delayMs, () => server.end()));
  server.on('close', () => client.destroy());
  for (const socket of [client, server]) socket.on('error', () => undefined);
}

function listen(to: Destination): Promise<number> {
  const server: Server = createServer((client) => pass(client, to));
  return new Promise((resolve) => {
    // A TCP server has an address object.
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function answer(request: ProxyRequest): Promise<number> {
  if (request.type === 'listen') return listen(request.to);
  if (request.type === 'delay') delayMs = request.delayMs;
  return connections.reduce((sum, { count }) => sum + count, 0);
}

process.on('message', (request: ProxyRequest) => {
  void answer(request).then((number) => process.send?.(number));
});
process.on('disconnect', () => process.exit());
