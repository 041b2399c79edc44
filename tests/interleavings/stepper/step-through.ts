import type { Course } from './course';
import type { Lanes } from './lane';
import { Walk, type Work } from './walk';

/** Chooses which of the units that could go on goes on. */
export type Choose = (ready: readonly number[]) => number;

/**
 * Runs units side by side, one statement at a time.
 *
 * A unit whose statement waits for a lock stays where it is while the others go on; whether it waits,
 * the server is asked. So what happens depends on the choices alone, not on time.
 */
export async function stepThrough(
  lanes: Lanes,
  units: readonly Work[],
  choose: Choose,
): Promise<Course> {
  const own = lanes.all.slice(0, units.length);
  for (const lane of own) await lane.prepare();
  for (const { gate } of own) gate.close();
  try {
    const walk = new Walk(lanes, own);
    units.forEach((unit, index) => walk.start(index, unit));
    for (;;) {
      await walk.settle();
      const ready = walk.ready();
      if (ready.length === 0) return walk.course();
      walk.go(choose(ready));
    }
  } finally {
    for (const { gate } of own) gate.open();
  }
}
