import type { UnitOfWork } from '../../../lib/index';
import { Basket, Fruit } from '../entities';
import { unit, type Place, type Program, type Rows, type Unit } from './program';

/** The root and its parts, read by one statement. */
const whole = (uow: UnitOfWork, place: Place): Promise<Basket> =>
  uow.findOneOrFail(Basket, { where: { id: place.id('basket') }, relations: { fruits: true } });

const kindsOf = (rows: Rows): string[] => Object.keys(rows).filter((name) => name !== 'basket');

/** Whoever writes a part moves the version of its root. */
function moveRoot(rows: Rows): void {
  rows['basket']!['version']! += 1;
}

/** Adds a part if the set has room for it. */
const addFruit = (kind: string): Unit =>
  unit(
    `adds ${kind} if there is room`,
    async (uow, place) => {
      const basket = await whole(uow, place);
      const isFull = basket.fruits.length >= basket.room;
      const fruit = { basketId: basket.id, kind, amount: 1, basket };
      if (!isFull) uow.add(Object.assign(new Fruit(), fruit));
      return isFull ? 'full' : 'added';
    },
    (rows) => {
      if (kindsOf(rows).length >= rows['basket']!['room']!) return 'full';
      rows[kind] = { amount: 1 };
      moveRoot(rows);
      return 'added';
    },
  );

const changeFruit = (kind: string): Unit =>
  unit(
    `takes one more ${kind}`,
    async (uow, place) => {
      const basket = await whole(uow, place);
      const fruit = basket.fruits.find((one) => one.kind === kind);
      return fruit ? (fruit.amount += 1) : 'gone';
    },
    (rows) => {
      const fruit = rows[kind];
      if (!fruit) return 'gone';
      moveRoot(rows);
      return (fruit['amount']! += 1);
    },
  );

const removeFruit = (kind: string): Unit =>
  unit(
    `removes ${kind}`,
    async (uow, place) => {
      const basket = await whole(uow, place);
      const fruit = basket.fruits.find((one) => one.kind === kind);
      if (fruit) uow.remove(fruit);
      return fruit !== undefined;
    },
    (rows) => {
      const isThere = kind in rows;
      delete rows[kind];
      if (isThere) moveRoot(rows);
      return isThere;
    },
  );

const makeRoom = (): Unit =>
  unit(
    'makes room for one more',
    async (uow, place) => {
      const basket = await uow.findOneByOrFail(Basket, { id: place.id('basket') });
      return (basket.room += 1);
    },
    (rows) => {
      moveRoot(rows);
      return (rows['basket']!['room']! += 1);
    },
  );

/** Reads the root first, by a statement of its own, and asserts it: so the parts belong to it. */
const readWhole = (): Unit =>
  unit(
    'reads the basket and then its fruits',
    async (uow, place) => {
      const id = place.id('basket');
      const basket = await uow.findOneByOrFail(Basket, { id });
      uow.assertUnchanged(basket);
      const fruits = await uow.find(Fruit, { where: { basketId: id }, order: { kind: 'ASC' } });
      return { room: basket.room, fruits: fruits.map(({ kind, amount }) => [kind, amount]) };
    },
    (rows) => ({
      room: rows['basket']!['room'],
      fruits: kindsOf(rows)
        .toSorted()
        .map((kind) => [kind, rows[kind]!['amount']]),
    }),
  );

const before = { basket: { room: 2, version: 1 }, apple: { amount: 1 } };

const program = (title: string, ...units: readonly Unit[]): Program => ({
  title,
  table: 'basket',
  before,
  units,
});

export const basketPrograms: readonly Program[] = [
  program('two that take the last room', addFruit('pear'), addFruit('plum')),
  program('two that add one part', addFruit('pear'), addFruit('pear')),
  program('two that change one part', changeFruit('apple'), changeFruit('apple')),
  program('a part that is changed and removed', changeFruit('apple'), removeFruit('apple')),
  program('a part that is added and a root that is changed', addFruit('pear'), makeRoom()),
  program('a part that is added and a reader of all', addFruit('pear'), readWhole()),
  program('a part that is removed and one that is added', removeFruit('apple'), addFruit('pear')),
  program('three that want room', addFruit('pear'), addFruit('plum'), makeRoom()),
  program('three that touch one set', changeFruit('apple'), removeFruit('apple'), readWhole()),
];
