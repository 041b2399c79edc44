import type { Anomaly } from './anomaly';
import type { Cycle } from './cycles';
import type { UnitRecord } from './history';

const nameOf = ({ id }: UnitRecord): string => `unit ${id}`;

/** A cycle as it is read: who must come before whom, and why. */
export const explainCycle = (cycle: Cycle): string =>
  cycle
    .map(
      ({ kind, from, to, row, because }) =>
        `${nameOf(from)} before ${nameOf(to)} (${kind}): ${row}, ${because}`,
    )
    .join('\n  ');

/** An anomaly with all that its units did. */
export function explain({ kind, message, units }: Anomaly): string {
  const different = [...new Set(units)];
  return [`${kind}\n  ${message}`, ...different.map(describeUnit)].join('\n  ');
}

function describeUnit(unit: UnitRecord): string {
  const { outcome, attempts, steps, reads, writes } = unit;
  const seen = reads.map(({ row, version, list, isGuarded }) => {
    const last = list.length === 0 ? 'empty' : `…${list.at(-1)}`;
    return `read ${row} at version ${version} (${list.length} × appended, ${last})${isGuarded ? ', asserted' : ''}`;
  });
  const done = writes.map(({ row, version, appended }) =>
    version === undefined
      ? `removed ${row}`
      : `wrote ${row} to version ${version} (+ ${appended.join(', ')})`,
  );
  const did = [...seen, ...done].join('; ') || 'nothing';
  return `${nameOf(unit)} [${steps}] ${outcome} in attempt ${attempts}: ${did}`;
}
