import type { Tally, Violation } from '../scenario';
import { addHistograms, total, type Histogram } from './histogram';

/** How one run of a workload ended, all of its processes together. */
export interface Outcome extends Required<Tally> {
  readonly violations: readonly Violation[];
  readonly seconds: number;
  readonly seed: number;
}

export function outcomeOf(
  tallies: readonly Tally[],
  rest: Pick<Outcome, 'violations' | 'seconds' | 'seed'>,
): Outcome {
  return {
    operations: total(tallies.map(({ operations }) => operations)),
    committed: total(tallies.map(({ committed }) => committed)),
    refused: addCounts(tallies.map(({ refused }) => refused)),
    unexpected: tallies.flatMap(({ unexpected }) => unexpected),
    attempts: addHistograms(tallies.map(({ attempts }) => attempts)),
    attemptsOf: addHistogramsByName(tallies.map(({ attemptsOf = {} }) => attemptsOf)),
    counts: addCounts(tallies.map(({ counts }) => counts)),
    ...rest,
  };
}

/** How many violations of all sorts were found. */
export const violationsOf = ({ violations }: Pick<Outcome, 'violations'>): number =>
  total(violations.map(({ count }) => count));

export function addCounts(all: readonly Readonly<Record<string, number>>[]) {
  const sums: Record<string, number> = {};
  for (const [name, count] of all.flatMap((counts) => Object.entries(counts))) {
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

function addHistogramsByName(all: readonly Readonly<Record<string, Histogram>>[]) {
  const names = new Set(all.flatMap((histograms) => Object.keys(histograms)));
  const sums = [...names].map((name) => {
    const histograms = all.flatMap((some) => (some[name] ? [some[name]] : []));
    return [name, addHistograms(histograms)] as const;
  });
  return Object.fromEntries(sums);
}
