import { setTimeout as wait } from 'node:timers/promises';

import type { Policy } from '../policies/policy';
import type { Tally } from './tally';

export type ChooseKeys = () => readonly number[];

/** Each writer begins a unit as soon as its last one has ended. */
export async function runClosedLoop(
  policy: Policy,
  writers: number,
  chooseKeys: ChooseKeys,
  tally: Tally,
): Promise<void> {
  const write = async (writer: number) => {
    for (let now = performance.now(); now < tally.to; now = performance.now()) {
      tally.note(writer, now, await policy.runUnit(chooseKeys()));
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
}

/**
 * Units arrive independently of each other and of how long others take, as a Poisson process.
 *
 * A unit that is begun late, because the process was busy, has waited since it was due: a slow policy
 * must not slow down those who ask.
 */
export async function runOpenLoop(
  policy: Policy,
  perSecond: number,
  random: () => number,
  chooseKeys: ChooseKeys,
  tally: Tally,
): Promise<void> {
  const units: Promise<void>[] = [];
  const run = async (due: number) => tally.note(0, due, await policy.runUnit(chooseKeys()));
  for (let due = performance.now(); due < tally.to; due += pause(perSecond, random)) {
    while (performance.now() < due) await wait(1);
    units.push(run(due));
  }
  await Promise.all(units);
}

/** Milliseconds between two arrivals, distributed exponentially. */
export const pause = (perSecond: number, random: () => number): number =>
  (-Math.log(1 - random()) * 1_000) / perSecond;
