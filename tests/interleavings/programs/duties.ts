import type { UnitOfWork } from '../../../lib/index';
import { Cell, Word } from '../entities';
import { unit, type Place, type Program, type Rows, type Unit } from './program';

// Rows of two tables, of which one unit asserts what the other writes: inside one table an assertion
// shares the lock of the writes.
const cellOf = (uow: UnitOfWork, place: Place): Promise<Cell> =>
  uow.findOneByOrFail(Cell, { id: place.id('x') });

const wordOf = (uow: UnitOfWork, place: Place): Promise<Word> =>
  uow.findOneByOrFail(Word, { text: place.text('w') });

function lower(rows: Rows, row: string, column: string): boolean {
  rows[row]!['version']! += 1;
  rows[row]![column]! -= 1;
  return true;
}

const leaveCell = (): Unit =>
  unit(
    'leaves the cell if the word stays',
    async (uow, place) => {
      const word = await wordOf(uow, place);
      uow.assertUnchanged(word);
      if (word.uses === 0) return false;
      (await cellOf(uow, place)).amount -= 1;
      return true;
    },
    (rows) => rows['w']!['uses'] !== 0 && lower(rows, 'x', 'amount'),
  );

const leaveWord = (): Unit =>
  unit(
    'leaves the word if the cell stays',
    async (uow, place) => {
      const cell = await cellOf(uow, place);
      uow.assertUnchanged(cell);
      if (cell.amount === 0) return false;
      (await wordOf(uow, place)).uses -= 1;
      return true;
    },
    (rows) => rows['x']!['amount'] !== 0 && lower(rows, 'w', 'uses'),
  );

const readBoth = (): Unit =>
  unit(
    'reads and asserts both',
    async (uow, place) => {
      const [cell, word] = [await cellOf(uow, place), await wordOf(uow, place)];
      uow.assertUnchanged(cell);
      uow.assertUnchanged(word);
      return [cell.amount, word.uses];
    },
    (rows) => [rows['x']!['amount'], rows['w']!['uses']],
  );

const program = (title: string, ...units: readonly Unit[]): Program => ({
  title,
  table: 'duties',
  before: { x: { amount: 1, version: 1 }, w: { uses: 1, version: 1 } },
  units,
});

export const dutyPrograms: readonly Program[] = [
  program('write skew over two tables', leaveCell(), leaveWord()),
  program('a writer and an asserting reader of two tables', leaveCell(), readBoth()),
  program('write skew over two tables and a reader', leaveCell(), leaveWord(), readBoth()),
];
