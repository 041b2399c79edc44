import { setTimeout as wait } from 'node:timers/promises';

/** What a person, or a merge, takes between reading and writing. */
export const think = (leastMs: number, mostMs: number): Promise<void> =>
  wait(leastMs + Math.random() * (mostMs - leastMs));
