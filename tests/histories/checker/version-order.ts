import type { Anomaly, Findings } from './anomaly';
import type { Edge } from './edge';
import {
  committedOf,
  readOf,
  writeOf,
  type History,
  type Read,
  type UnitRecord,
  type Write,
} from './history';

/** A version of a row, and who made it: several, if something is wrong. */
interface Step {
  readonly version: number;
  readonly writers: readonly UnitRecord[];
}

/**
 * Takes the order of the writes of each row from its row version.
 *
 * A removal counts as the version after the one that was read.
 */
export function byVersions(history: History): Findings {
  const committed = committedOf(history);
  const orders = new Map<string, readonly Step[]>();
  for (const row of rowsOf(history)) orders.set(row, orderOf(committed, row));
  const edges = [
    ...[...orders].flatMap(([row, order]) => overwrites(row, order)),
    ...committed.flatMap((unit) =>
      unit.reads.flatMap((read) => dependencies(unit, read, orders.get(read.row) ?? [])),
    ),
  ].filter(({ from, to }) => from !== to);
  const anomalies = [
    ...committed.flatMap((unit) =>
      unit.reads.flatMap((read) => judgeRead(history, unit, read, orders.get(read.row) ?? [])),
    ),
    ...[...orders].flatMap(([row, order]) => judgeEnd(history, row, order)),
  ];
  return { edges, anomalies };
}

const rowsOf = ({ before, after, units }: History): Set<string> =>
  new Set([
    ...before.keys(),
    ...after.keys(),
    ...units.flatMap(({ writes }) => writes.map(({ row }) => row)),
  ]);

const versionOf = (unit: UnitRecord, { row, version }: Write): number =>
  version ?? (readOf(unit, row)?.version ?? 0) + 1;

function orderOf(units: readonly UnitRecord[], row: string): Step[] {
  const writers = new Map<number, UnitRecord[]>();
  for (const unit of units) {
    const write = writeOf(unit, row);
    if (!write) continue;
    const version = versionOf(unit, write);
    writers.set(version, [...(writers.get(version) ?? []), unit]);
  }
  return [...writers]
    .map(([version, writers]) => ({ version, writers }))
    .toSorted((left, right) => left.version - right.version);
}

function overwrites(row: string, order: readonly Step[]): Edge[] {
  return order.slice(1).flatMap((step, index) =>
    pairs(order[index]!, step).map(([from, to]) => ({
      kind: 'ww' as const,
      from,
      to,
      row,
      because: `made version ${order[index]!.version}, overwritten by ${step.version}`,
    })),
  );
}

const pairs = (left: Step, right: Step): [UnitRecord, UnitRecord][] =>
  left.writers.flatMap((from) => right.writers.map((to): [UnitRecord, UnitRecord] => [from, to]));

/** What a read depends on, and what depends on it. */
function dependencies(unit: UnitRecord, read: Read, order: readonly Step[]): Edge[] {
  const { row, version } = read;
  const made = order.find((step) => step.version === version)?.writers ?? [];
  const next = order.find((step) => step.version > version);
  const isOwn = writeOf(unit, row) !== undefined;
  return [
    ...made.map((from) => ({
      kind: 'wr' as const,
      from,
      to: unit,
      row,
      because: `made version ${version}, which was read`,
    })),
    ...(next?.writers ?? []).map((to) => ({
      kind: 'rw' as const,
      from: unit,
      to,
      row,
      because: `read version ${version}, overwritten by ${next?.version}`,
      isOwn,
      isGuarded: isOwn || read.isGuarded,
    })),
  ];
}

function judgeRead(
  { before }: History,
  unit: UnitRecord,
  { row, version }: Read,
  order: readonly Step[],
): Anomaly[] {
  const isKnown = order.some((step) => step.version === version);
  if (isKnown || before.get(row)?.version === version) return [];
  const passing = order
    .flatMap(({ writers }) => writers)
    .find((writer) => writer !== unit && passes(writer, row, version));
  const kind = passing ? 'G1b: intermediate read' : 'G1a: aborted read';
  const who = passing ? 'no unit ended with' : 'no unit committed';
  const units = passing ? [unit, passing] : [unit];
  return [{ kind, message: `version ${version} of ${row} was read, which ${who}`, units }];
}

/** Whether a unit moved a row over a version. */
function passes(unit: UnitRecord, row: string, version: number): boolean {
  const write = writeOf(unit, row);
  const from = readOf(unit, row)?.version ?? 0;
  return write !== undefined && from < version && version < versionOf(unit, write);
}

function judgeEnd({ before, after }: History, row: string, order: readonly Step[]): Anomaly[] {
  const last = order.at(-1);
  const stored = after.get(row)?.version;
  const isRemoved = order.some(({ writers }) =>
    writers.some((writer) => writeOf(writer, row)?.version === undefined),
  );
  const units = last?.writers ?? [];
  if (isRemoved) {
    if (stored === undefined) return [];
    return [{ kind: 'missing commit', message: `${row} was removed and is there`, units }];
  }
  const expected = last?.version ?? before.get(row)?.version;
  if (stored === expected) return [];
  if (stored !== undefined && (expected === undefined || stored > expected)) {
    const message = `${row} has version ${stored}; the last reported is ${expected ?? 'none'}`;
    return [{ kind: 'unreported write', message, units }];
  }
  const found = stored === undefined ? 'is gone' : `has version ${stored}`;
  const message = `${row} ${found}, though version ${expected} was reported`;
  return [{ kind: 'missing commit', message, units }];
}
