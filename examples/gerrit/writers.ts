import type { DataSource } from 'typeorm';
import { checkInUnit, checkWithSave } from './check-mergeability';
import { changeCount } from './database';
import type { ConflictRecorder } from './ledger';
import type { Done, Options } from './operation';
import { reviewInUnit, reviewWithSave } from './review';
import { submitInUnit, submitWithSave } from './submit';
import { sweepInUnit, sweepWithSave } from './sweep-queue';
import { think } from './think';

export type Variant = 'save' | 'unit-of-work';
export type Role = 'submit' | 'sweep' | 'review' | 'check';

type Operation = (dataSource: DataSource, changeId: number, options?: Options) => Promise<Done>;

export const operations: Readonly<Record<Variant, Readonly<Record<Role, Operation>>>> = {
  save: {
    submit: submitWithSave,
    sweep: (dataSource, _changeId, options) => sweepWithSave(dataSource, options),
    review: reviewWithSave,
    check: checkWithSave,
  },
  'unit-of-work': {
    submit: submitInUnit,
    sweep: (dataSource, _changeId, options) => sweepInUnit(dataSource, options),
    review: reviewInUnit,
    check: checkInUnit,
  },
};

/** From the end of one operation to the begin of the next, in milliseconds. */
const pauses: Readonly<Record<Role, number>> = { submit: 20, sweep: 100, review: 20, check: 15 };

/** One person or background task: does the same thing again and again until it is told to stop. */
export async function runWriter(
  role: Role,
  variant: Variant,
  dataSource: DataSource,
  recorder: ConflictRecorder,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    try {
      await operations[variant][role](dataSource, pickChange());
    } catch (error) {
      recorder.refused(role, error);
    }
    await think(pauses[role] / 2, pauses[role] * 1.5);
  }
}

// Zipf's law with exponent 1.1: a few changes are on everybody's desk.
const weights = Array.from({ length: changeCount }, (_, index) => 1 / (index + 1) ** 1.1);
const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);

export function pickChange(random: () => number = Math.random): number {
  let draw = random() * totalWeight;
  const index = weights.findIndex((weight) => (draw -= weight) < 0);
  return index < 0 ? changeCount : index + 1;
}
