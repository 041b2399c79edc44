import { UsageError } from '../../../lib/errors/usage-error';
import type { CollectionModel, EntityModel } from '../../../lib/model/entity-model';
import { checkCollections, rememberCollections } from '../../../lib/tracking/collection-check';
import { IdentityMap } from '../../../lib/tracking/identity-map';
import { fakeModel } from '../model/fake-model';
import { added, loaded } from './fake-tracked';

interface Part {
  id?: number;
  root?: object | null;
}
interface Root {
  id: number;
  parts?: Part[];
  tags?: object[];
  [name: string]: unknown;
}

const parts: CollectionModel = {
  propertyPath: 'parts',
  members: (entity) => (entity as Root).parts,
  pointsTo: (member, entity) => (member as Part).root === entity,
};
const tags: CollectionModel = {
  propertyPath: 'tags',
  members: (entity) => (entity as Root).tags,
  pointsTo: undefined,
};
const part = fakeModel('Part', { columns: { id: { isKey: true } } });
const root: EntityModel = {
  ...fakeModel('Root', { columns: { id: { isKey: true } } }),
  collections: [parts, tags],
};

/** A root that was loaded with two parts and a tag, all tracked. */
function loadRoot() {
  const entity: Root = { id: 7, tags: [{}] };
  entity.parts = [
    { id: 1, root: entity },
    { id: 2, root: entity },
  ];
  const map = new IdentityMap();
  const tracked = loaded(root, entity);
  map.add(tracked);
  for (const member of entity.parts) map.add(loaded(part, { ...member }, { entity: member }));
  rememberCollections(tracked);
  return { entity, list: entity.parts, map, check: () => checkCollections(map, tracked), tracked };
}

it('accepts collections that were not touched, or only put in another order', () => {
  const { entity, check } = loadRoot();

  check();
  entity.parts?.reverse();

  expect(check).not.toThrow();
});

it('accepts a new member that the unit tracks and that points to the entity', () => {
  const { entity, list, map, check } = loadRoot();
  const member = { root: entity };

  list.push(member);
  map.add({ ...added(part, {}), entity: member });

  expect(check).not.toThrow();
});

it.each([
  ['that the unit does not track', false, true],
  ['that points nowhere', true, false],
])('refuses a new member %s', (_name, isTracked, pointsBack) => {
  const { entity, list, map, check } = loadRoot();
  const member = pointsBack ? { root: entity } : {};

  list.push(member);
  if (isTracked) map.add({ ...added(part, {}), entity: member });

  expect(check).toThrow(UsageError);
  expect(check).toThrow(/^Root\(\["7"\]\)\.parts was changed, but its members do not say so/);
});

it('accepts that a member left which is removed or points elsewhere', () => {
  const { list, map, check } = loadRoot();
  const [first, second] = list.splice(0);

  const tracked = map.get(first ?? {});
  if (tracked) tracked.state = 'removed';
  if (second) second.root = null;

  expect(check).not.toThrow();
});

it('refuses that a member left which still points to the entity', () => {
  const { list, check } = loadRoot();

  list.pop();

  expect(check).toThrow(UsageError);
});

it('refuses any change of link rows', () => {
  const { entity, check } = loadRoot();

  entity.tags = [];

  expect(check).toThrow(/^Root\(\["7"\]\)\.tags was changed: the link rows of a many-to-many/);
});

it('compares nothing that was not loaded', () => {
  const map = new IdentityMap();
  const tracked = loaded(root, { id: 7 });
  rememberCollections(tracked);

  expect(tracked.collections).toBeUndefined();
  expect(() => checkCollections(map, tracked)).not.toThrow();
});

it('remembers a collection as it was first loaded', () => {
  const { entity, tracked, check } = loadRoot();

  entity.tags = [];
  rememberCollections(tracked);

  expect(check).toThrow(UsageError);
});

it('takes every member of a new entity for one that came', () => {
  const map = new IdentityMap();
  const tracked = added(root, { id: 7, tags: [{}] });

  expect(() => checkCollections(map, tracked)).toThrow(UsageError);
});
