import { IdentityMap, ownerOf, rowId } from '../../../lib/tracking/identity-map';
import { fakeModel } from '../model/fake-model';
import { added, loaded } from './fake-tracked';

const account = fakeModel('Account', { columns: { id: { isKey: true }, balance: {} } });
const savings = fakeModel('Savings', {
  columns: { id: { isKey: true }, rate: {} },
  tablePath: ['account'],
});

function mapWith(...entries: ReturnType<typeof loaded>[]): IdentityMap {
  const map = new IdentityMap();
  for (const entry of entries) map.add(entry);
  return map;
}

it('finds an instance by itself and by its row', () => {
  const tracked = loaded(account, { id: 7 });

  const map = mapWith(tracked);

  expect(map.get(tracked.entity)).toBe(tracked);
  expect(map.at(account, [7])).toBe(tracked);
  expect(map.at(account, [8])).toBeUndefined();
  expect(map.get({ id: 7 })).toBeUndefined();
});

it('finds a row whichever type the driver gave its key', () => {
  const tracked = loaded(account, { id: '9007199254740993' });

  expect(mapWith(tracked).at(account, [9007199254740993n])).toBe(tracked);
});

it('finds a row through every class of its table', () => {
  const tracked = loaded(savings, { id: 7 });

  expect(mapWith(tracked).at(account, [7])).toBe(tracked);
  expect(rowId(account, [7])).toBe(rowId(savings, ['7']));
});

it('keeps tables apart', () => {
  const order = fakeModel('Order', { columns: { id: { isKey: true } } });

  expect(mapWith(loaded(account, { id: 7 })).at(order, [7])).toBeUndefined();
});

it('lets the first instance stand for its row and tracks a second one as an alias', () => {
  const first = loaded(account, { id: 7 });
  const alias = loaded(account, { id: 7 });

  const map = mapWith(first, alias);

  expect(map.at(account, [7])).toBe(first);
  expect(map.get(alias.entity)).toBe(alias);
  expect(map.all()).toEqual([first, alias]);
});

it('keeps the first instance when its alias goes', () => {
  const first = loaded(account, { id: 7 });
  const alias = loaded(account, { id: 7 });
  const map = mapWith(first, alias);

  map.delete(alias);

  expect(map.at(account, [7])).toBe(first);
  expect(map.get(alias.entity)).toBeUndefined();
});

it('tracks a new entity by itself until its key is known', () => {
  const tracked = added(account, {});
  const map = mapWith(tracked);

  expect(map.at(account, [7])).toBeUndefined();
  tracked.key = [7];
  map.enter(tracked);

  expect(map.at(account, [7])).toBe(tracked);
});

it('forgets an instance and its row', () => {
  const tracked = loaded(account, { id: 7 });
  const map = mapWith(tracked);

  map.delete(tracked);

  expect(map.all()).toEqual([]);
  expect(map.at(account, [7])).toBeUndefined();
});

it('owns what it tracks, also after it was cleared, until it disowns it', () => {
  const kept = loaded(account, { id: 7 });
  const disowned = loaded(account, { id: 8 });
  const map = mapWith(kept, disowned);

  map.disown(disowned);
  map.clear();

  expect(map.all()).toEqual([]);
  expect(map.at(account, [7])).toBeUndefined();
  expect(ownerOf(kept.entity)).toBe(map);
  expect(ownerOf(disowned.entity)).toBeUndefined();
});

it('owns nothing that it never tracked', () => {
  expect(ownerOf({ id: 7 })).toBeUndefined();
});
