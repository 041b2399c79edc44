import type { Anomaly, Findings } from './anomaly';
import type { Edge } from './edge';
import {
  committedOf,
  finalLists,
  isRemoval,
  ownersOf,
  writeOf,
  type History,
  type Read,
  type UnitRecord,
} from './history';

/** Who wrote a row, in order: who appended each element, and in the end who removed it. */
interface Order {
  readonly list: readonly string[];
  readonly writers: readonly (UnitRecord | undefined)[];
}

/**
 * Takes the order of the writes of each row from what was appended to it, and looks at no version.
 *
 * Every list that was read must be the beginning of the last one.
 *
 * @see https://github.com/jepsen-io/elle (list-append)
 */
export function byLists(history: History): Findings {
  const owners = ownersOf(history);
  const orders = ordersOf(history, owners);
  const reads = committedOf(history).flatMap((unit) =>
    unit.reads.map((read) => ({ unit, read, order: orders.get(read.row) })),
  );
  const edges = [
    ...[...orders].flatMap(([row, order]) => overwrites(row, order)),
    ...reads.flatMap(({ unit, read, order }) => (order ? dependencies(unit, read, order) : [])),
  ].filter(({ from, to }) => from !== to);
  const anomalies = reads.flatMap(({ unit, read, order }) => [
    ...judgeElements(unit, read, owners),
    ...judgePrefix(unit, read, order),
  ]);
  return { edges, anomalies };
}

function ordersOf(history: History, owners: ReadonlyMap<string, UnitRecord>): Map<string, Order> {
  const committed = committedOf(history);
  const orders = new Map<string, Order>();
  for (const [row, list] of finalLists(history)) {
    const remover = committed.find(({ writes }) =>
      writes.some((write) => write.row === row && isRemoval(write)),
    );
    const writers = [...list.map((element) => owners.get(element)), ...(remover ? [remover] : [])];
    orders.set(row, { list, writers });
  }
  return orders;
}

function overwrites(row: string, { list, writers }: Order): Edge[] {
  return writers.slice(1).flatMap((to, index) => {
    const from = writers[index];
    if (!from || !to) return [];
    const because = `appended ${list[index]}, followed by ${list[index + 1] ?? 'removal'}`;
    return [{ kind: 'ww' as const, from, to, row, because }];
  });
}

/** What a read depends on, and what depends on it. */
function dependencies(unit: UnitRecord, read: Read, { list, writers }: Order): Edge[] {
  const { row } = read;
  const { length } = read.list;
  const [made, next] = [writers[length - 1], writers[length]];
  const isOwn = writeOf(unit, row) !== undefined;
  const seen = length === 0 ? 'no element' : `${read.list.at(-1)}`;
  return [
    ...(made
      ? [{ kind: 'wr' as const, from: made, to: unit, row, because: `appended ${seen}, last read` }]
      : []),
    ...(next
      ? [
          {
            kind: 'rw' as const,
            from: unit,
            to: next,
            row,
            because: `read up to ${seen}, followed by ${list[length] ?? 'removal'}`,
            isOwn,
            isGuarded: isOwn || read.isGuarded,
          },
        ]
      : []),
  ];
}

/** Whoever wrote what was read must have committed, and all of it. */
function judgeElements(
  unit: UnitRecord,
  { row, list }: Read,
  owners: ReadonlyMap<string, UnitRecord>,
): Anomaly[] {
  const anomalies = list.flatMap((element): Anomaly[] => {
    const owner = owners.get(element);
    if (owner?.outcome === 'committed') return [];
    const units = owner ? [unit, owner] : [unit];
    const message = `${element} was read in ${row}, and ${owner ? `its unit ${owner.outcome}` : 'nobody reported it'}`;
    return [{ kind: 'G1a: aborted read', message, units }];
  });
  const last = list.at(-1) ?? '';
  const owner = owners.get(last);
  const whole = owner && writeOf(owner, row)?.appended;
  if (owner && owner !== unit && whole && whole.at(-1) !== last) {
    const message = `${last} was read as the last of ${row}; its unit appended ${whole.join(', ')}`;
    anomalies.push({ kind: 'G1b: intermediate read', message, units: [unit, owner] });
  }
  return anomalies;
}

function judgePrefix(unit: UnitRecord, { row, list }: Read, order: Order | undefined): Anomaly[] {
  const whole = order?.list ?? [];
  const at = list.findIndex((element, index) => element !== whole[index]);
  if (at < 0) return [];
  const message = `${list[at]} was read as element ${at + 1} of ${row}, which came to have ${whole[at] ?? 'none'} there`;
  const owner = order?.writers[at];
  return [{ kind: 'orders that disagree', message, units: owner ? [unit, owner] : [unit] }];
}
