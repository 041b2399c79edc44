import { setTimeout as wait } from 'node:timers/promises';

/** Waits until something is so; the test's own time limit ends a wait for what never is. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(5);
}
