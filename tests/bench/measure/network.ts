import { networkDelayMs } from '../cells';
import type { NetworkFigure } from '../figures/figures';
import { openDriver } from '../hand-written/open-driver';
import type { Target } from '../peers/peer';
import type { Arena } from './arena';
import { spreadOf } from './statistics';

const times = 200;

/** Measures what the proxy adds to a round trip, by itself and with its delay. */
export async function measureNetwork(
  { engine, proxy }: Arena,
  url: string,
): Promise<NetworkFigure> {
  const proxied = { engine, url: proxy.url };
  const directMs = await roundTrip({ engine, url });
  await proxy.delay(0);
  const proxiedMs = await roundTrip(proxied);
  await proxy.delay(networkDelayMs);
  const delayedMs = await roundTrip(proxied);
  await proxy.delay(0);
  return { engine, directMs, proxiedMs, delayedMs };
}

async function roundTrip(target: Target): Promise<number> {
  const driver = openDriver(target);
  const connection = await driver.connect();
  try {
    const samples: number[] = [];
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      await connection.query({ sql: 'SELECT 1', parameters: [] });
      samples.push(performance.now() - start);
    }
    return spreadOf(samples.slice(times / 10)).median;
  } finally {
    connection.release();
    await driver.close();
  }
}
