import type { RaceResult } from './race-job';

/** What all processes of a race saw together. */
export interface Race {
  readonly commits: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly mostAttempts: number;
  readonly refused: readonly string[];
  /** Units of the writer that finished most of them, for each of the one that finished fewest. */
  readonly spread: number;
}

export function summarize(results: readonly RaceResult[]): Race {
  const failures: Record<string, number> = {};
  for (const [kind, count] of results.flatMap((result) => Object.entries(result.failures))) {
    failures[kind] = (failures[kind] ?? 0) + count;
  }
  const finished = results.flatMap((result) => result.finished);
  return {
    commits: results.reduce((sum, { commits }) => sum + commits, 0),
    failures,
    mostAttempts: Math.max(...results.map(({ mostAttempts }) => mostAttempts)),
    refused: results.flatMap(({ refused }) => refused),
    spread: Math.max(...finished) / Math.min(...finished),
  };
}
