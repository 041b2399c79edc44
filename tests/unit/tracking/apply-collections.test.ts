import { UsageError } from '../../../lib/errors/usage-error';
import type { CollectionModel, EntityModel, MemberKey } from '../../../lib/model/entity-model';
import { applyCollections } from '../../../lib/tracking/apply-collections';
import { IdentityMap } from '../../../lib/tracking/identity-map';
import { rememberCollections } from '../../../lib/tracking/loaded-collections';
import type { TrackedEntity } from '../../../lib/tracking/tracked-entity';
import { fakeModel } from '../model/fake-model';
import { added, loaded } from './fake-tracked';

interface Part {
  id?: number;
  root?: Root | null;
}
interface Root {
  id: number;
  parts?: Part[];
  tags?: object[];
  [name: string]: unknown;
}

const foreignKey = (orphans: MemberKey['orphans']): MemberKey => ({
  propertyPath: 'root',
  holder: () => part,
  orphans,
  pointsTo: (member, entity) => (member as Part).root === entity,
  point: (member, to) => {
    const holder = member as Part;
    const before = holder.root;
    holder.root = to as Root | null;
    return { takeBack: () => void (holder.root = before ?? null), giveBack: undefined };
  },
});
const partsWith = (orphans: MemberKey['orphans']): CollectionModel => ({
  propertyPath: 'parts',
  isSingle: false,
  members: (entity) => (entity as Root).parts,
  foreignKey: foreignKey(orphans),
  links: undefined,
  settle: undefined,
});
const tags: CollectionModel = {
  propertyPath: 'tags',
  isSingle: false,
  members: (entity) => (entity as Root).tags,
  foreignKey: undefined,
  links: {
    model: () => link,
    side: 'owner',
    isDeletedWith: true,
    link: (owner, inverse) => ({ owner, inverse }),
  },
  settle: undefined,
};
const idOf = (side: 'owner' | 'inverse') => ({
  isKey: true,
  read: (entity: object) => (entity as Record<string, { id?: number }>)[side]?.id,
});
const link: EntityModel = {
  ...fakeModel('Link', { columns: { owner: idOf('owner'), inverse: idOf('inverse') } }),
  isLink: true,
};
const rootModel = (orphans: MemberKey['orphans']): EntityModel => ({
  ...fakeModel('Root', { columns: { id: { isKey: true } } }),
  collections: [partsWith(orphans), tags],
});
const part = fakeModel('Part', {
  columns: { id: { isKey: true }, rootId: {} },
  references: [{ path: 'root', columns: ['rootId'], target: () => rootModel('nullify') }],
});

/** A root that was loaded with two parts and two tags, all tracked. */
function loadRoot(orphans: MemberKey['orphans'] = 'nullify') {
  const entity: Root = { id: 7 };
  const parts: Part[] = [
    { id: 1, root: entity },
    { id: 2, root: entity },
  ];
  const held = [{ id: 1 }, { id: 2 }];
  Object.assign(entity, { parts, tags: held });
  const map = new IdentityMap();
  const tracked = loaded(rootModel(orphans), entity);
  map.add(tracked);
  for (const member of parts) map.add(loaded(part, { ...member }, { entity: member }));
  const tag = fakeModel('Tag', { columns: { id: { isKey: true } } });
  for (const member of held) map.add(loaded(tag, member));
  rememberCollections(tracked);
  return { entity, parts, tags: held, map, tracked, tag };
}

const linksIn = (map: IdentityMap) =>
  map
    .all()
    .filter(({ model }) => model.isLink)
    .map(({ state, model, entity }: TrackedEntity) => [
      state,
      ...model.key.map((column) => column.read(entity)),
    ]);

it('does nothing about collections that were not touched, or only put in another order', () => {
  const { map, parts } = loadRoot();
  parts.reverse();

  expect(applyCollections(map)).toEqual({ takeBack: [], accept: [] });
});

it('points a member that came to the entity, and one that left to nothing', () => {
  const { entity, parts, map } = loadRoot();
  const member: Part = { root: null };
  map.add({ ...added(part, {}), entity: member });
  const [first] = parts.splice(0, 1, member);

  applyCollections(map);

  expect(member.root).toBe(entity);
  expect(first?.root).toBeNull();
});

it('takes all of that back', () => {
  const { map, parts, entity } = loadRoot();
  const [first] = parts.splice(0, 1);
  entity.tags = [];

  const { takeBack } = applyCollections(map);
  for (const one of takeBack.toReversed()) one();

  expect(first?.root).toBe(entity);
  expect(linksIn(map)).toEqual([]);
});

it('leaves a member alone that left and points elsewhere', () => {
  const { map, parts } = loadRoot();
  const elsewhere = { id: 8 };
  const [first] = parts.splice(0, 1);
  if (first) first.root = elsewhere;

  applyCollections(map);

  expect(first?.root).toBe(elsewhere);
});

it('removes a member that left where orphans are deleted', () => {
  const { map, parts } = loadRoot('delete');
  const [first] = parts.splice(0, 1);

  const { takeBack } = applyCollections(map);
  const removed = map.get(first ?? {})?.state;
  for (const one of takeBack.toReversed()) one();

  expect(removed).toBe('removed');
  expect(map.get(first ?? {})?.state).toBe('managed');
});

it('lets a member that left stay where nothing is to be done about orphans', () => {
  const { map, parts, entity } = loadRoot('keep');
  const [first] = parts.splice(0, 1);

  applyCollections(map);

  expect(first?.root).toBe(entity);
});

it('refuses that a member left which must have an owner', () => {
  const { map, parts } = loadRoot('refuse');
  parts.pop();

  expect(() => applyCollections(map)).toThrow(/^Root\(\["7"\]\)\.parts was taken away/);
});

it('refuses a member that the unit does not track, and takes back what it had begun', () => {
  const { entity, map, parts } = loadRoot();
  const member: Part = { root: null };
  map.add({ ...added(part, {}), entity: member });
  parts.push(member, { root: entity });

  expect(() => applyCollections(map)).toThrow(UsageError);
  expect(member.root).toBeNull();
});

it('makes one row for each member that came to a many-to-many or left it', () => {
  const { entity, map, tag, tags: held } = loadRoot();
  const added3 = { id: 3 };
  map.add(loaded(tag, added3));
  entity.tags = [held[0] ?? {}, added3];

  applyCollections(map);

  expect(linksIn(map)).toEqual([
    ['new', 7, 3],
    ['removed', 7, 2],
  ]);
});

it('links nothing to a member that is removed', () => {
  const { entity, map, tag } = loadRoot();
  const gone = { id: 3 };
  map.add(loaded(tag, gone, { state: 'removed' }));
  entity.tags?.push(gone);

  applyCollections(map);

  expect(linksIn(map)).toEqual([]);
});

it('refuses an edit of what was loaded with a condition', () => {
  const { entity, map, tracked } = loadRoot();
  tracked.filtered = new Set([tags]);
  entity.tags = [];

  expect(() => applyCollections(map)).toThrow(/^Root\(\["7"\]\)\.tags was loaded with a condition/);
});

it('compares nothing that was not loaded', () => {
  const map = new IdentityMap();
  const tracked = loaded(rootModel('nullify'), { id: 7 });
  map.add(tracked);
  rememberCollections(tracked);

  expect(tracked.collections).toBeUndefined();
  expect(applyCollections(map)).toEqual({ takeBack: [], accept: [] });
});

it('remembers a collection as it was first loaded', () => {
  const { entity, tracked, map } = loadRoot();
  entity.tags = [];

  rememberCollections(tracked);
  applyCollections(map);

  expect(linksIn(map)).toHaveLength(2);
});

it('compares with what was accepted last', () => {
  const { entity, map } = loadRoot();
  entity.tags = [];

  const { takeBack, accept } = applyCollections(map);
  for (const one of takeBack.toReversed()) one();
  const undo = accept.map((one) => one());
  const afterwards = applyCollections(map).takeBack.length;
  for (const one of undo) one();

  expect(afterwards).toBe(0);
  expect(applyCollections(map).takeBack).toHaveLength(2);
});
