import { withBetweenMarks } from '../../../support/between-marks';
import { markdownTable } from '../../../support/markdown-table';
import { verdictOn, type Bar } from '../../figures/bars';
import { describeVersions } from '../../figures/titles';
import { comparedPolicies, whoAndWhat } from '../cells';
import { sumOf } from '../measure/add-counts';
import type { PolicyName } from '../policies/policy';
import { barsOf, isAt, placesOf, type Place } from './bars';
import type { CellFigure, Figures, PolicyFigure } from './figures';
import { placeTitle, policyTitle } from './titles';

/**
 * The README with the tables that the figures make.
 *
 * @throws {Error} It has no place for them.
 */
export const withTable = (readme: string, figures: Figures): string =>
  withBetweenMarks(readme, 'contention', describeFigures(figures));

function describeFigures(figures: Figures): string {
  return [cellTable(figures), legendOf(figures), barTable(figures)].join('\n\n');
}

function cellTable(figures: Figures): string {
  const titles = ['database', 'who and what', ...comparedPolicies.map(policyTitle)];
  const rows = placesOf(figures).flatMap((place) =>
    figures.cells
      .filter((cell) => isAt(cell, place))
      .map((cell) => [
        placeTitle(place),
        whoAndWhat(cell),
        ...comparedPolicies.map((policy) => describePlace(cell, policy)),
      ]),
  );
  return markdownTable([titles, ...rows], 2);
}

function describePlace({ policies }: CellFigure, name: string): string {
  const figure = policies.find(({ policy }) => policy === name);
  return figure ? describePolicy(figure) : '?';
}

function describePolicy({ goodput, p99, mostAttempts, refused }: PolicyFigure): string {
  const count = sumOf(Object.values(refused));
  const refusals = count > 0 ? ` · ${grouped(count)} refused` : '';
  return `${grouped(goodput.median)}/s · ${inMs(p99.median)} · ${grouped(mostAttempts)}${refusals}`;
}

/** A line for each bar, whose figures stand below the databases and networks. */
function barTable(figures: Figures): string {
  const places = placesOf(figures);
  const all = places.map((place) => barsOf(figures, place));
  const rows = (all[0] ?? []).map(({ title, limit, unit, isFloor }, index) => [
    title,
    `${isFloor ? '≥' : '≤'} ${limit}${unit}`,
    ...all.map((bars) => describe(bars[index])),
  ]);
  return markdownTable(
    [
      ['the default, where it is worst', 'bar', ...places.map(placeTitle)],
      ...rows,
      besideTypeorm(figures, places),
    ],
    1,
  );
}

/** What units are to those who use TypeORM already, from the worst cell to the best. */
function besideTypeorm({ cells }: Figures, places: readonly Place[]): string[] {
  const peer = 'for-update-typeorm';
  const rangeAt = (place: Place) =>
    rangeOver(
      peer,
      cells.filter((cell) => isAt(cell, place)),
    );
  return [`goodput over ${policyTitle(peer)}, one row a unit`, '', ...places.map(rangeAt)];
}

function rangeOver(peer: PolicyName, cells: readonly CellFigure[]): string {
  const ratios = cells
    .filter(({ loop, picks }) => loop === 'closed' && picks === 1)
    .flatMap(({ policies }) => {
      const goodputOf = (name: PolicyName) =>
        policies.find(({ policy }) => policy === name)?.goodput.median;
      const [own, others] = [goodputOf('default'), goodputOf(peer)];
      return own && others ? [own / others] : [];
    });
  if (ratios.length === 0) return 'not measured';
  return `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} ×`;
}

function describe(bar: Bar | undefined): string {
  if (bar?.value === undefined) return 'not measured';
  return `${verdictOn(bar)}: ${Number(bar.value.toPrecision(3)).toLocaleString('en-US')}${bar.unit}`;
}

function legendOf({ cells, versions }: Figures): string {
  const runs = cells.map(({ rounds, seconds }) => `${rounds} rounds of ${seconds} s`);
  return [
    'Units committed in a second; the 99th percentile of their time from the first attempt, or from when they',
    'were due if they came at a load, which is in percent of what 16 writers reach with FOR UPDATE; the',
    'attempts of the unit that needed most; units that were given up. FOR UPDATE does not repeat what a',
    `deadlock has ended. Medians of ${[...new Set(runs)].join(', or of ')}, in which the policies took turns.`,
    `Measured with ${describeVersions(versions)}. What the default must reach:`,
  ].join('\n');
}

const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

const inMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : grouped(ms)} ms`;
