import { Word } from '../entities';
import { unit, type Program, type Rows, type Unit } from './program';

/** Inserts a word that it has not found. */
const addOnce = (word: string): Unit =>
  unit(
    `adds ${word} if it is missing`,
    async (uow, place) => {
      const text = place.text(word);
      const found = await uow.findOneBy(Word, { text });
      if (!found) uow.add(Object.assign(new Word(), { text, uses: 1 }));
      return found ? 'taken' : 'added';
    },
    (rows) => {
      if (rows[word]) return 'taken';
      rows[word] = { uses: 1, version: 1 };
      return 'added';
    },
  );

/** Finds or creates words and counts in each. */
const use = (...words: readonly string[]): Unit =>
  unit(
    `uses ${words.join(' and ')}`,
    async (uow, place) => {
      const answers: object[] = [];
      for (const word of words) {
        const text = place.text(word);
        const { entity, created } = await uow.findOrCreate(Word, { text }, () => ({ uses: 0 }));
        answers.push({ created, uses: (entity.uses += 1) });
      }
      return answers;
    },
    (rows) => words.map((word) => useInModel(rows, word)),
  );

/** What a unit changes in a row that it has inserted itself belongs to the insert. */
function useInModel(rows: Rows, word: string): object {
  const found = rows[word];
  if (!found) {
    rows[word] = { uses: 1, version: 1 };
    return { created: true, uses: 1 };
  }
  found['version']! += 1;
  return { created: false, uses: (found['uses']! += 1) };
}

const remove = (word: string): Unit =>
  unit(
    `removes ${word}`,
    async (uow, place) => {
      const found = await uow.findOneBy(Word, { text: place.text(word) });
      if (found) uow.remove(found);
      return found !== null;
    },
    (rows) => {
      const isThere = word in rows;
      delete rows[word];
      return isThere;
    },
  );

const program = (title: string, before: Program['before'], ...units: readonly Unit[]): Program => ({
  title,
  table: 'words',
  before,
  units,
});

const known = { x: { uses: 3, version: 1 } };

export const wordPrograms: readonly Program[] = [
  program('two inserts of one unique value', {}, addOnce('x'), addOnce('x')),
  program('two that find or create one word', {}, use('x'), use('x')),
  program('two that find one word', known, use('x'), use('x')),
  program('an insert and a find or create', {}, addOnce('x'), use('x')),
  program('a removal and a find or create', known, remove('x'), use('x')),
  program('two words in opposite orders', {}, use('x', 'y'), use('y', 'x')),
  program('three inserts of one unique value', {}, addOnce('x'), addOnce('x'), addOnce('x')),
  program('three that find or create one word', {}, use('x'), use('x'), use('x')),
];
