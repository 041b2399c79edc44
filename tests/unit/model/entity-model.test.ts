import { keyOf } from '../../../lib/model/entity-model';
import { fakeModel } from './fake-model';

const seat = fakeModel('Seat', {
  columns: { row: { isKey: true }, guest: {}, number: { isKey: true } },
});

it('reads the key of an entity in the order of the columns', () => {
  expect(keyOf(seat, { number: 7, row: 'A', guest: 'x' })).toEqual(['A', 7]);
});

it('has no key while one of its values is missing', () => {
  expect(keyOf(seat, { row: 'A' })).toBeUndefined();
  expect(keyOf(seat, { row: null, number: 7 })).toBeUndefined();
});

it('takes 0 and the empty text for values', () => {
  expect(keyOf(seat, { row: '', number: 0 })).toEqual(['', 0]);
});

it('has no key where the model has none', () => {
  expect(keyOf(fakeModel('Log', { columns: { text: {} } }), { text: 'x' })).toBeUndefined();
});
