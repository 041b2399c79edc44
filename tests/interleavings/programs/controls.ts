import type { EntityManager } from 'typeorm';

import { conflictCode } from '../../../examples/setup/conflict-code';
import { Cell, Word } from '../entities';
import { leave, readPlainly } from './cells';
import type { Place, Program, Rows, Unit } from './program';

/** What a hand-written check throws when somebody else was first. */
class TooLate extends Error {}

/** A transaction without the library, as one writes it who knows TypeORM. */
function byHand<T>(
  title: string,
  work: (manager: EntityManager, place: Place) => Promise<T>,
  model: (rows: Rows) => T,
): Unit {
  return {
    title,
    run: (source, place, { isolation }) =>
      source.transaction(isolation, (manager) => work(manager, place)),
    model,
    isRefusal: (error) => error instanceof TooLate || conflictCode(error) !== undefined,
  };
}

const get = (manager: EntityManager, place: Place, row: string): Promise<Cell> =>
  manager.findOneByOrFail(Cell, { id: place.id(row) });

function increment(rows: Rows): number {
  const cell = rows['x']!;
  cell['version']! += 1;
  return (cell['amount']! += 1);
}

const naive = byHand(
  'loads x and saves it',
  async (manager, place) => {
    const cell = await get(manager, place, 'x');
    cell.amount += 1;
    await manager.save(cell);
    return cell.amount;
  },
  increment,
);

/** Compares the version, finds it unchanged, and then writes by the key alone. */
const rechecked = byHand(
  'checks the version of x and updates it',
  async (manager, place) => {
    const read = await get(manager, place, 'x');
    const now = await get(manager, place, 'x');
    if (now.version !== read.version) throw new TooLate();
    const amount = read.amount + 1;
    await manager.update(Cell, { id: read.id }, { amount });
    return amount;
  },
  increment,
);

/** Checks right before it writes that the row it decided by is unchanged, and does not lock it. */
const leaveRechecked = (row: string, other: string) =>
  byHand(
    `leaves ${row} if ${other} stays, and looks again`,
    async (manager, place) => {
      const own = await get(manager, place, row);
      const stays = await get(manager, place, other);
      if (stays.amount === 0) return false;
      const now = await get(manager, place, other);
      if (now.version !== stays.version) throw new TooLate();
      const guard = { id: own.id, version: own.version };
      const { affected } = await manager.update(Cell, guard, { amount: own.amount - 1 });
      if (affected !== 1) throw new TooLate();
      return true;
    },
    (rows) => {
      if (rows[other]!['amount'] === 0) return false;
      rows[row]!['amount']! -= 1;
      rows[row]!['version']! += 1;
      return true;
    },
  );

const addOnce = byHand(
  'saves a word that it has not found',
  async (manager, place) => {
    const text = place.text('x');
    const found = await manager.findOneBy(Word, { text });
    const word = found ?? Object.assign(new Word(), { text, uses: 0 });
    word.uses += 1;
    await manager.save(word);
    return word.uses;
  },
  (rows) => {
    const row = (rows['x'] ??= { uses: 0, version: 0 });
    row['version']! += 1;
    return (row['uses']! += 1);
  },
);

const row = (amount: number) => ({ amount, version: 1 });
const one = { x: row(0) };
const two = { x: row(1), y: row(1) };

/** Programs of which some order is wrong at READ COMMITTED: what does not find it finds nothing. */
export const controls: readonly Program[] = [
  { title: 'load and save', table: 'cells', before: one, units: [naive, naive] },
  { title: 'load and save of three', table: 'cells', before: one, units: [naive, naive, naive] },
  { title: 'an unlocked check', table: 'cells', before: one, units: [rechecked, rechecked] },
  {
    title: 'an unlocked check of what was decided by',
    table: 'cells',
    before: two,
    units: [leaveRechecked('x', 'y'), leaveRechecked('y', 'x')],
  },
  {
    title: 'load and save of a word',
    table: 'words',
    before: { x: { uses: 3, version: 1 } },
    units: [addOnce, addOnce],
  },
  {
    title: 'units of work that do not assert what they decide by',
    table: 'cells',
    before: two,
    units: [leave('x', 'y', false), leave('y', 'x', false)],
  },
  {
    title: 'a reader that is taken at its word',
    table: 'cells',
    before: two,
    units: [
      { ...readPlainly('x', 'y'), isPlainReader: false },
      byHand(
        'moves one from x to y',
        async (manager, place) => {
          await manager.increment(Cell, { id: place.id('x') }, 'amount', -1);
          await manager.increment(Cell, { id: place.id('y') }, 'amount', 1);
          return 'moved';
        },
        (rows) => {
          for (const [name, by] of [
            ['x', -1],
            ['y', 1],
          ] as const) {
            rows[name]!['amount']! += by;
            rows[name]!['version']! += 1;
          }
          return 'moved';
        },
      ),
    ],
  },
];
