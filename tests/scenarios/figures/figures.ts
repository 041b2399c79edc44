import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IsolationLevel } from '../../../lib/index';
import type { DatabaseName } from '../harness/cells';
import { most, percentile, replaysOf } from '../harness/histogram';
import type { Outcome } from '../harness/outcome';
import type { Variant } from '../scenario';

/** Which run a figure is of. */
export interface Cell {
  readonly scenario: string;
  readonly database: DatabaseName;
  readonly isolation: IsolationLevel;
  readonly variant: Variant;
}

/** What one run of a workload came to. */
export interface Figure extends Cell {
  readonly size: number;
  readonly operations: number;
  readonly committed: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly replays: number;
  readonly attempts: { readonly p99: number; readonly most: number };
  /** Those that were found, by what they are. */
  readonly violations: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** What was measured when, last for each cell. */
export interface Figures {
  /** The servers that they were measured on. */
  readonly servers: Readonly<Partial<Record<DatabaseName, string>>>;
  readonly figures: readonly Figure[];
}

const file = join(__dirname, '../figures.json');

export function figureOf(cell: Cell, size: number, outcome: Outcome): Figure {
  const { operations, committed, refused, attempts, violations, seconds } = outcome;
  const found = violations.filter(({ count }) => count !== 0);
  return {
    ...cell,
    size,
    operations,
    committed,
    refused,
    replays: replaysOf(attempts),
    attempts: { p99: percentile(attempts, 0.99), most: most(attempts) },
    violations: Object.fromEntries(found.map(({ what, count }) => [what, count])),
    seconds: Math.round(seconds * 10) / 10,
  };
}

/** The older figures, but for those that were measured again. */
export function mergeFigures(older: Figures, newer: Figures): Figures {
  const measured = new Set(newer.figures.map(keyOf));
  const kept = older.figures.filter((figure) => !measured.has(keyOf(figure)));
  return {
    servers: { ...older.servers, ...newer.servers },
    figures: [...kept, ...newer.figures].toSorted((one, other) =>
      keyOf(one).localeCompare(keyOf(other), 'en'),
    ),
  };
}

export function readFigures(): Figures {
  return JSON.parse(readFileSync(file, 'utf8')) as Figures;
}

/** Writes one line per figure, so that a difference is read at a glance. */
export function writeFigures({ servers, figures }: Figures): void {
  const lines = figures.map((figure) => `    ${JSON.stringify(figure)}`);
  writeFileSync(
    file,
    `{\n  "servers": ${JSON.stringify(servers)},\n  "figures": [\n${lines.join(',\n')}\n  ]\n}\n`,
  );
}

const keyOf = ({ scenario, database, isolation, variant }: Cell): string =>
  [scenario, database, isolation, variant].join('; ');
