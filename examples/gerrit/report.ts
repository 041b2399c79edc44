import type { Figures } from './figures';

const lines: readonly (readonly [label: string, name: keyof Figures])[] = [
  ['commits acknowledged', 'commits'],
  ['  submits by people', 'submits'],
  ['  submits by the merge queue', 'sweeps'],
  ['  reviews', 'reviews'],
  ['  mergeability checks', 'checks'],
  ['conflicts noticed', 'conflicts'],
  ['replays', 'replays'],
  ['refused: the caller was told', 'refused'],
  ['most attempts of one commit', 'attempts'],
  ['LOST updates: nobody was told', 'lost'],
  ['  patch sets overwritten', 'overwritten'],
  ['  submits gone from the count', 'uncounted'],
  ['  reviews gone from the count', 'unreviewed'],
  ['applied, but not acknowledged', 'unacknowledged'],
  ['changes with a broken invariant', 'broken'],
];

export function tableOf(naive: Figures, unit: Figures): string {
  const row = (label: string, one: string, other: string) =>
    `  ${label.padEnd(34)}${one.padStart(14)}${other.padStart(16)}`;
  const number = (value: number) => value.toLocaleString('en-US');
  return [
    row('', 'plain save()', 'unit of work'),
    ...lines.map(([label, name]) => row(label, number(naive[name]), number(unit[name]))),
  ].join('\n');
}

export const legend = `
Both columns ran the same writers on the same entities, each operation in a transaction. Every figure
is SQL over the ledger, whose commits were written in the transaction they report, and the final rows.
A lost update was acknowledged and is gone: its patch set holds another revision, or the change's
counters miss it (a submit that lost both counts once). An invariant is broken where the current patch
set of a change does not exist or a newer one does.`;

/** Why the run does not show what it was made to show; empty if it does. */
export function objectionsTo(naive: Figures, unit: Figures): string[] {
  const objections = [
    naive.lost === 0 && 'plain save() lost nothing, so the workload proves nothing',
    unit.lost > 0 && `the unit of work lost ${unit.lost} updates`,
    unit.unacknowledged > 0 && `the unit of work applied ${unit.unacknowledged} updates too many`,
    unit.broken > 0 && `the unit of work left ${unit.broken} changes broken`,
    unit.commits * 2 < naive.commits && 'the unit of work committed less than half as much',
    // Checks are many and meet no conflicts: they must not hide that people starve.
    unit.submits * 4 < naive.submits &&
      'the unit of work committed less than a quarter of the submits',
  ];
  return objections.filter((objection) => objection !== false);
}
