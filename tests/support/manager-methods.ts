import type { EntityManager } from 'typeorm';

import { Book } from '../fixtures/shop';

/** What a method of a manager may be handed, or reach. */
export const kinds = [
  'loaded in the unit',
  'new',
  'plain `{ id, … }`',
  'loaded elsewhere',
] as const;
export type Kind = (typeof kinds)[number];

/** The same row, as an object and as conditions. */
interface Subject {
  readonly entity: Partial<Book>;
  readonly isbn: string;
}

/**
 * What becomes of it: the statements that are sent before the promise resolves, in order, and whether a
 * rival who has changed the row meanwhile is noticed.
 */
type Outcome = string;

export interface ManagerMethod {
  readonly name: string;
  /** Whether it finds its rows by conditions; a new entity is `add()`ed before. */
  readonly isBySet?: boolean;
  readonly outcomes: Readonly<Record<Kind, Outcome>>;
  act(manager: EntityManager, subject: Subject): Promise<unknown>;
}

const outcomes = (...all: readonly Outcome[]) =>
  Object.fromEntries(kinds.map((kind, i) => [kind, all[i]])) as Record<Kind, Outcome>;

const refused = 'UsageError';
const bySet = (statement: string) =>
  outcomes(`${statement}, checked`, `INSERT, ${statement}`, statement, statement);

/** Every method that writes, and what it does with every kind of object or row: the README shows it. */
export const managerMethods: readonly ManagerMethod[] = [
  {
    name: '`save(x)`',
    outcomes: outcomes('UPDATE, checked', 'INSERT', 'SELECT, UPDATE', 'SELECT, UPDATE, checked'),
    act: (manager, { entity }) => manager.save(Book, Object.assign(entity, { title: 'Changed' })),
  },
  {
    name: '`insert(x)`',
    outcomes: outcomes(refused, 'INSERT', 'duplicate key', 'duplicate key'),
    act: (manager, { entity }) => manager.insert(Book, entity),
  },
  {
    name: '`upsert(x, paths)`',
    outcomes: outcomes(
      'UPDATE, checked',
      'SELECT, INSERT',
      'SELECT, UPDATE',
      'SELECT, UPDATE, checked',
    ),
    act: (manager, { entity }) =>
      manager.upsert(Book, Object.assign(entity, { title: 'Changed' }), ['isbn']),
  },
  {
    name: '`remove(x)`',
    outcomes: outcomes('DELETE, checked', refused, 'SELECT, DELETE', 'DELETE, checked'),
    act: (manager, { entity }) => manager.remove(Book, entity as Book),
  },
  {
    name: '`softRemove(x)`, `recover(x)`',
    outcomes: outcomes('UPDATE, checked', refused, 'SELECT, UPDATE', 'SELECT, UPDATE, checked'),
    act: (manager, { entity }) => manager.softRemove(Book, entity as Book),
  },
  {
    name: '`update(where, values)`',
    isBySet: true,
    outcomes: bySet('UPDATE'),
    act: (manager, { isbn }) => manager.update(Book, { isbn }, { title: 'By set' }),
  },
  {
    name: '`increment(where, …)`, `decrement`',
    isBySet: true,
    outcomes: bySet('UPDATE'),
    act: (manager, { isbn }) => manager.increment(Book, { isbn }, 'stock', 1),
  },
  {
    name: '`softDelete(where)`, `restore`',
    isBySet: true,
    outcomes: bySet('UPDATE'),
    act: (manager, { isbn }) => manager.softDelete(Book, { isbn }),
  },
  {
    name: '`delete(where)`',
    isBySet: true,
    outcomes: bySet('DELETE'),
    act: (manager, { isbn }) => manager.delete(Book, { isbn }),
  },
  {
    name: '`createQueryBuilder().update()`',
    isBySet: true,
    outcomes: bySet('UPDATE'),
    act: (manager, { isbn }) =>
      manager
        .createQueryBuilder()
        .update(Book)
        .set({ stock: () => 'stock + 1' })
        .where({ isbn })
        .execute(),
  },
  {
    name: '`createQueryBuilder().delete()`',
    isBySet: true,
    outcomes: bySet('DELETE'),
    act: (manager, { isbn }) =>
      manager.createQueryBuilder().delete().from(Book).where({ isbn }).execute(),
  },
  {
    name: '`createQueryBuilder().insert()`',
    outcomes: outcomes('duplicate key', 'INSERT', 'duplicate key', 'duplicate key'),
    act: (manager, { entity }) =>
      manager.createQueryBuilder().insert().into(Book).values(entity).execute(),
  },
  {
    name: '`query(sql)`',
    isBySet: true,
    outcomes: outcomes('UPDATE', 'INSERT, UPDATE', 'UPDATE', 'UPDATE'),
    act: (manager, { isbn }) =>
      manager.query(`UPDATE book SET stock = stock + 1 WHERE isbn = '${isbn}'`),
  },
];
