import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ratiosOf, spreadOf, type Spread } from '../../measure/statistics';
import { writeJson } from '../../figures/write-json';
import { titleOf, type Cell } from '../cells';
import { addCounts, type Counts } from '../measure/add-counts';
import type { Sample } from '../measure/sample';
import type { PolicyName } from '../policies/policy';

/** What one policy came to in a cell. Spreads are over the rounds. */
export interface PolicyFigure {
  readonly policy: PolicyName;
  /** Units committed in a second. */
  readonly goodput: Spread;
  /** Goodput and p99 over those of FOR UPDATE in the same round. */
  readonly goodputRatio: Spread;
  readonly p99Ratio: Spread;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  readonly longest: number;
  readonly attempts: Spread;
  /** Of the unit that needed most, in all rounds. */
  readonly mostAttempts: number;
  readonly wasted: Spread;
  readonly lockingReads: Spread;
  /** Units of the writer that finished most, for each of the one that finished fewest. */
  readonly spread: Spread;
  readonly jain: Spread;
  /** In all rounds. */
  readonly refused: Counts;
}

export interface CellFigure extends Cell, Run {
  readonly policies: readonly PolicyFigure[];
}

/** How a cell was measured. */
interface Run {
  readonly rounds: number;
  readonly seconds: number;
  /** Units that arrived in a second, in the open loop; else 0. */
  readonly perSecond: number;
}

/** What was measured when, last for each cell. */
export interface Figures {
  /** The databases and programs that took part. */
  readonly versions: Readonly<Record<string, string>>;
  readonly cells: readonly CellFigure[];
}

const file = join(__dirname, '../figures.json');

export function figureOf(
  cell: Cell,
  run: Run,
  samples: ReadonlyMap<PolicyName, readonly Sample[]>,
): CellFigure {
  const base = samples.get('for-update') ?? [];
  const policies = [...samples].map(([policy, own]) =>
    policyFigure(policy, own, base, run.seconds),
  );
  return { ...cell, ...run, policies };
}

function policyFigure(
  policy: PolicyName,
  samples: readonly Sample[],
  base: readonly Sample[],
  seconds: number,
): PolicyFigure {
  const spread = (pick: (sample: Sample) => number) => spreadOf(samples.map(pick));
  const byRound = (all: readonly Sample[], pick: (sample: Sample) => number) =>
    new Map(all.map((sample, round) => [round, pick(sample)]));
  const ratio = (pick: (sample: Sample) => number) =>
    spreadOf(ratiosOf(byRound(samples, pick), byRound(base, pick)));
  // Whoever committed nothing may count as one unit: nothing has no multiple.
  const atLeastOne = ({ goodput }: Sample) => Math.max(goodput, 1 / seconds);
  return {
    policy,
    goodput: spread(({ goodput }) => goodput),
    goodputRatio: ratio(atLeastOne),
    p99Ratio: ratio(({ p99 }) => p99),
    p50: spread(({ p50 }) => p50),
    p99: spread(({ p99 }) => p99),
    longest: Math.max(...samples.map(({ longest }) => longest)),
    attempts: spread(({ attempts }) => attempts),
    mostAttempts: Math.max(...samples.map(({ mostAttempts }) => mostAttempts)),
    wasted: spread(({ wasted }) => wasted),
    lockingReads: spread(({ lockingReads }) => lockingReads),
    spread: spread(({ spread }) => spread),
    jain: spread(({ jain }) => jain),
    refused: addCounts(samples.map(({ refused }) => refused)),
  };
}

/** The figures with one cell more, or with newer ones of a cell. */
export function withCell(
  { versions, cells }: Figures,
  cell: CellFigure,
  newer: Figures['versions'],
): Figures {
  const kept = cells.filter((one) => titleOf(one) !== titleOf(cell));
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  return {
    versions: { ...versions, ...newer },
    cells: [...kept, cell].toSorted((one, other) => compare(titleOf(one), titleOf(other))),
  };
}

export const readFigures = (): Figures => JSON.parse(readFileSync(file, 'utf8')) as Figures;

export const writeFigures = (figures: Figures): Promise<void> => writeJson(file, figures);
