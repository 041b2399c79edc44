import { setImmediate } from 'node:timers/promises';

import type { MemoryFigure } from '../figures/figures';
import { openFinders } from '../peers/unit-of-work';
import type { Arena } from './arena';
import { spreadOf } from './statistics';

const turns = 5;

/**
 * The heap that an entity takes in an open unit, and without one.
 *
 * Both load the same rows by the same data source, in turn; what a first use leaves behind for
 * ever (plans, compiled code) is on the heap before either is measured.
 */
export async function measureMemory({ engine, stage }: Arena, url: string): Promise<MemoryFigure> {
  if (!globalThis.gc) throw new Error('memory cannot be measured without --expose-gc');
  const entities = stage.stock;
  const finders = await openFinders({ engine, url });
  const plain: number[] = [];
  const tracked: number[] = [];
  try {
    for (let turn = 0; turn <= turns; turn++) {
      const before = await heapAfterCollection();
      const inPlain = await finders.plain(heapAfterCollection);
      const between = await heapAfterCollection();
      const inUnit = await finders.tracked(heapAfterCollection);
      if (turn === 0) continue;
      plain.push((inPlain - before) / entities);
      tracked.push((inUnit - between) / entities);
    }
  } finally {
    await finders.close();
  }
  return {
    engine,
    entities,
    plain: Math.round(spreadOf(plain).median),
    tracked: Math.round(spreadOf(tracked).median),
  };
}

async function heapAfterCollection(): Promise<number> {
  // What the first collection finalizes is garbage for the second.
  for (let times = 0; times < 2; times++) {
    globalThis.gc?.();
    await setImmediate();
  }
  return process.memoryUsage().heapUsed;
}
