import type { IsolationLevel } from '../../../lib/index';
import { withBetweenMarks } from '../../support/between-marks';
import { markdownTable } from '../../support/markdown-table';
import { levelsOf, type DatabaseName } from '../harness/cells';
import { total } from '../harness/histogram';
import type { Scenario, Variant } from '../scenario';
import type { Figure, Figures } from './figures';

interface Column {
  readonly database: DatabaseName;
  readonly isolation: IsolationLevel;
}

/**
 * The README with the table that the figures make.
 *
 * @throws {Error} It has no place for one.
 */
export function withTable(
  readme: string,
  figures: Figures,
  scenarios: readonly Scenario[],
): string {
  return withBetweenMarks(readme, 'scenarios', describeFigures(figures, scenarios));
}

function describeFigures({ figures, servers }: Figures, scenarios: readonly Scenario[]): string {
  const measured = scenarios.filter(({ name }) =>
    figures.some(({ scenario }) => scenario === name),
  );
  const rows = measured.map(({ name, system, bug }) => {
    const own = figures.filter(({ scenario }) => scenario === name);
    return [system, bug, ...columns.map((column) => cellOf(own, column))];
  });
  const titles = ['system', 'what broke', ...columns.map(titleOf)];
  return `${markdownTable([titles, ...rows], textColumns)}\n\n${legendOf(figures, servers)}`;
}

const columns: readonly Column[] = (
  ['postgres', 'mariadb', 'mariadb snapshot-isolation'] as const
).flatMap((database) => {
  const engine = database === 'postgres' ? 'postgres' : 'mariadb';
  return levelsOf({ engine }).map((isolation) => ({ database, isolation }));
});

/** Narrow, as there are many. */
function titleOf({ database, isolation }: Column): string {
  const names: Partial<Record<DatabaseName, string>> = {
    postgres: 'PostgreSQL',
    mariadb: 'MariaDB',
    'mariadb snapshot-isolation': 'MariaDB snapshot isolation',
  };
  return `${names[database]}<br>${isolation.replace(' ', '<br>')}`;
}

/** What the naive variant left wrong, and what the units of work did. */
function cellOf(figures: readonly Figure[], { database, isolation }: Column): string {
  const found = (variant: Variant) => {
    const figure = figures.find(
      (one) => one.database === database && one.isolation === isolation && one.variant === variant,
    );
    return figure ? grouped(violationsOf(figure)) : '?';
  };
  return `${found('naive')} → ${found('unit-of-work')}`;
}

function legendOf(figures: readonly Figure[], { postgres, mariadb }: Figures['servers']): string {
  const sum = (variant: Variant, name: 'operations' | 'committed') =>
    total(figures.filter((one) => one.variant === variant).map((one) => one[name]));
  const units = sum('unit-of-work', 'operations');
  // Never rounded up: all is all.
  const percent = Math.floor((10_000 * sum('unit-of-work', 'committed')) / units) / 100;
  return [
    'What was found wrong in the rows: left of the arrow after what each system did',
    `(${grouped(sum('naive', 'operations'))} operations), right of it after units of work`,
    `(${grouped(units)}, of which ${percent} % were committed and the others refused with a typed error).`,
    `PostgreSQL ${postgres}, MariaDB ${mariadb} with \`innodb_snapshot_isolation\` off and on.`,
  ].join('\n');
}

const violationsOf = ({ violations }: Figure): number => total(Object.values(violations));

const grouped = (number: number): string => number.toLocaleString('en-US');

/** The system and what broke; the others hold figures. */
const textColumns = 2;
