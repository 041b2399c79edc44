import { takeSnapshot } from '../../../lib/tracking/snapshot';
import { fakeModel } from '../model/fake-model';

it('holds the columns in the order of the model, undefined where one is not loaded', () => {
  const model = fakeModel('Book', { columns: { id: { isKey: true }, title: {}, pages: {} } });

  expect(takeSnapshot(model, { pages: null, id: 7 })).toEqual([7, undefined, null]);
});

it('is not changed by what is changed in place afterwards', () => {
  const model = fakeModel('Book', { columns: { printed: {}, tags: {} } });
  const entity = { printed: new Date(5), tags: ['a'] };

  const snapshot = takeSnapshot(model, entity);
  entity.printed.setTime(6);
  entity.tags.push('b');

  expect(snapshot).toEqual([5, '["a"]']);
});
