import { most, percentile, replaysOf } from './histogram';
import type { Outcome } from './outcome';

/** One line of what a workload did, what it met and what it left behind. */
export function describeOutcome(outcome: Outcome): string {
  const { operations, committed, refused, attempts, violations, unexpected } = outcome;
  const found = violations.filter(({ count }) => count !== 0);
  const wrong = found.map(({ what, count }) => `${count} ${what}`);
  const told = Object.entries(refused).map(([name, count]) => `${count} ${name}`);
  return [
    `${committed} of ${operations} committed in ${outcome.seconds.toFixed(1)} s`,
    `replays: ${replaysOf(attempts)}`,
    `attempts: p99 ${percentile(attempts, 0.99)}, most ${most(attempts)}`,
    `refused: ${told.join(', ') || 'none'}`,
    ...(unexpected.length > 0 ? [`unexpected: ${unexpected.length}`] : []),
    `violations: ${wrong.join(', ') || 'none'}`,
    `seed ${outcome.seed}`,
  ].join('; ');
}
