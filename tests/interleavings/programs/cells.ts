import type { UnitOfWork } from '../../../lib/index';
import { Cell } from '../entities';
import { unit, type Place, type Program, type Rows, type Unit } from './program';

type Name = 'x' | 'y' | 'z';

const find = (uow: UnitOfWork, place: Place, row: Name): Promise<Cell | null> =>
  uow.findOneBy(Cell, { id: place.id(row) });

const get = (uow: UnitOfWork, place: Place, row: Name): Promise<Cell> =>
  uow.findOneByOrFail(Cell, { id: place.id(row) });

/** Writes a row of a model, as every write does: its version moves. */
function move(rows: Rows, row: Name, by: number): number {
  const cell = rows[row]!;
  cell['version']! += 1;
  return (cell['amount']! += by);
}

const increment = (row: Name): Unit =>
  unit(
    `increments ${row}`,
    async (uow, place) => {
      const cell = await find(uow, place, row);
      return cell && (cell.amount += 1);
    },
    (rows) => (rows[row] ? move(rows, row, 1) : null),
  );

const transfer = (from: Name, to: Name): Unit =>
  unit(
    `moves one from ${from} to ${to}`,
    async (uow, place) => {
      const source = await get(uow, place, from);
      const target = await get(uow, place, to);
      return [(source.amount -= 1), (target.amount += 1)];
    },
    (rows) => [move(rows, from, -1), move(rows, to, 1)],
  );

/** As `transfer`, by two statements of their own: nothing orders their locks. */
const transferInTwoFlushes = (from: Name, to: Name): Unit =>
  unit(
    `moves one from ${from} to ${to} in two flushes`,
    async (uow, place) => {
      const source = await get(uow, place, from);
      source.amount -= 1;
      await uow.flush();
      const target = await get(uow, place, to);
      return [source.amount, (target.amount += 1)];
    },
    (rows) => [move(rows, from, -1), move(rows, to, 1)],
  );

/** One of two on duty leaves, if the other stays. */
export const leave = (row: Name, other: Name, isAsserted = true): Unit =>
  unit(
    `leaves ${row} if ${other} stays`,
    async (uow, place) => {
      const stays = await get(uow, place, other);
      if (isAsserted) uow.assertUnchanged(stays);
      if (stays.amount === 0) return false;
      const own = await get(uow, place, row);
      own.amount -= 1;
      return true;
    },
    (rows) => rows[other]!['amount'] !== 0 && move(rows, row, -1) !== undefined,
  );

const remove = (row: Name): Unit =>
  unit(
    `removes ${row}`,
    async (uow, place) => {
      const cell = await find(uow, place, row);
      if (cell) uow.remove(cell);
      return cell?.amount;
    },
    (rows) => {
      const amount = rows[row]?.['amount'];
      delete rows[row];
      return amount;
    },
  );

const forceIncrement = (row: Name): Unit =>
  unit(
    `moves the version of ${row}`,
    async (uow, place) => {
      const cell = await get(uow, place, row);
      uow.forceIncrement(cell);
      return cell.amount;
    },
    (rows) => move(rows, row, 0),
  );

const lockAndIncrement = (row: Name): Unit =>
  unit(
    `locks ${row} and increments it`,
    async (uow, place) => {
      const cell = await get(uow, place, row);
      await uow.lock(cell);
      return (cell.amount += 1);
    },
    (rows) => move(rows, row, 1),
  );

const insertOrIncrement = (row: Name): Unit =>
  unit(
    `inserts ${row} or increments it`,
    async (uow, place) => {
      const cell = await find(uow, place, row);
      if (cell) return (cell.amount += 1);
      uow.add(Object.assign(new Cell(), { id: place.id(row), amount: 1 }));
      return 1;
    },
    (rows) => {
      if (rows[row]) return move(rows, row, 1);
      rows[row] = { amount: 1, version: 1 };
      return 1;
    },
  );

const amountsOf = (rows: Rows, ...read: readonly Name[]) =>
  Object.fromEntries(read.map((row) => [row, rows[row]!['amount']!]));

const readAsserted = (...read: readonly Name[]): Unit =>
  unit(
    `reads and asserts ${read.join(' and ')}`,
    async (uow, place) => {
      const amounts: Record<string, number> = {};
      for (const row of read) {
        const cell = await get(uow, place, row);
        uow.assertUnchanged(cell);
        amounts[row] = cell.amount;
      }
      return amounts;
    },
    (rows) => amountsOf(rows, ...read),
  );

export const readPlainly = (...read: readonly Name[]): Unit => ({
  ...unit(
    `reads ${read.join(' and ')}`,
    async (uow, place) => {
      const amounts: Record<string, number> = {};
      for (const row of read) amounts[row] = (await get(uow, place, row)).amount;
      return amounts;
    },
    (rows) => amountsOf(rows, ...read),
  ),
  isPlainReader: true,
});

const row = (amount: number) => ({ amount, version: 1 });
const two = { x: row(1), y: row(1) };
const three = { ...two, z: row(1) };

const program = (title: string, before: Program['before'], ...units: readonly Unit[]): Program => ({
  title,
  table: 'cells',
  before,
  units,
});

export const cellPrograms: readonly Program[] = [
  program('two counters of one row', { x: row(0) }, increment('x'), increment('x')),
  {
    ...program('two counters of two rows', two, increment('x'), increment('y')),
    areStrangers: true,
  },
  program('a counter and a removal', { x: row(5) }, increment('x'), remove('x')),
  program('two removals', { x: row(5) }, remove('x'), remove('x')),
  program('two first writers of one key', {}, insertOrIncrement('x'), insertOrIncrement('x')),
  program('write skew', two, leave('x', 'y'), leave('y', 'x')),
  program('opposite transfers', two, transfer('x', 'y'), transfer('y', 'x')),
  program('a transfer and an asserting reader', two, transfer('x', 'y'), readAsserted('x', 'y')),
  program('a transfer and a plain reader', two, transfer('x', 'y'), readPlainly('x', 'y')),
  program('a moved version and an assertion', two, forceIncrement('x'), leave('y', 'x')),
  program('a lock and a counter', { x: row(0) }, lockAndIncrement('x'), increment('x')),
  program('two locks', { x: row(0) }, lockAndIncrement('x'), lockAndIncrement('x')),
  program(
    'opposite transfers in two flushes',
    two,
    transferInTwoFlushes('x', 'y'),
    transferInTwoFlushes('y', 'x'),
  ),
  program('three counters', { x: row(0) }, increment('x'), increment('x'), increment('x')),
  program('a ring of write skew', three, leave('x', 'y'), leave('y', 'z'), leave('z', 'x')),
  program('a ring of transfers', three, transfer('x', 'y'), transfer('y', 'z'), transfer('z', 'x')),
  program(
    'a counter, a transfer and a reader',
    two,
    increment('x'),
    transfer('x', 'y'),
    readAsserted('x', 'y'),
  ),
  program(
    'a counter, a removal and a lock',
    { x: row(5) },
    increment('x'),
    remove('x'),
    increment('x'),
  ),
];
