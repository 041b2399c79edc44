import { EventEmitter, getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DataSource } from 'typeorm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Frees what nobody holds; what hangs on a finished promise is free only a turn later. */
export async function freeMemory(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    collectGarbage();
    await wait(5);
  }
}

export async function heapBytes(): Promise<number> {
  await freeMemory();
  return process.memoryUsage().heapUsed;
}

/** How many listen to what lives as long as a pool or longer. */
export interface Listeners {
  readonly signal: number;
  readonly subscribers: number;
  /** By event, of the driver's pool and of all its connections. */
  readonly pool: readonly string[];
  readonly connections: readonly string[];
  readonly timers: number;
}

/** Takes all connections of a pool at once. */
export async function countListeners(
  source: DataSource,
  size: number,
  signal: AbortSignal,
): Promise<Listeners> {
  const runners = Array.from({ length: size }, () => source.createQueryRunner());
  const connections: unknown[] = await Promise.all(runners.map((runner) => runner.connect()));
  const counted = {
    signal: getEventListeners(signal, 'abort').length,
    subscribers: source.subscribers.length,
    pool: countsOf([poolOf(source)]),
    connections: countsOf(connections),
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
  };
  await Promise.all(runners.map((runner) => runner.release()));
  return counted;
}

/** `master` of pg's driver, `pool` of mysql2's: both are documented for extensions. */
function poolOf({ driver }: DataSource): unknown {
  const { master, pool } = driver as { readonly master?: unknown; readonly pool?: unknown };
  return master ?? pool;
}

function countsOf(emitters: readonly unknown[]): string[] {
  return emitters
    .flatMap((emitter) => {
      if (!(emitter instanceof EventEmitter) && !hasListeners(emitter)) return ['no emitter'];
      return emitter.eventNames().map((name) => `${String(name)}: ${emitter.listenerCount(name)}`);
    })
    .toSorted();
}

/** A test has an EventEmitter of its own. */
function hasListeners(value: unknown): value is EventEmitter {
  return typeof (value as { listenerCount?: unknown } | undefined)?.listenerCount === 'function';
}
