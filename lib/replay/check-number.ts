import { UsageError } from '../errors/usage-error';

/** Refuses a setting that is no number, NaN or too small, naming it. */
export function checkAtLeast(least: number, name: string, value: number): void {
  if (typeof value !== 'number' || !(value >= least)) {
    throw new UsageError(`${name} must be a number of ${least} or more, not ${String(value)}`);
  }
}
