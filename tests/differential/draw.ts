import * as fc from 'fast-check';

import {
  toMany,
  toOne,
  type Case,
  type Edit,
  type EntityName,
  type Start,
  type ToMany,
  type ToOne,
} from './case';

const few = { minLength: 1, maxLength: 3 };
const position = fc.nat({ max: 5 });
const someone = fc.option(position, { freq: 2 });
const text = fc.constantFrom('', 'a', 'A', 'b ', 'née', '0', 'null');

const start: fc.Arbitrary<Start> = fc.record({
  people: fc.array(
    fc.record({ kind: fc.constantFrom('Person', 'Writer', 'Editor'), mentor: someone }),
    few,
  ),
  profiles: fc.array(fc.record({ person: someone }), { maxLength: 2 }),
  articles: fc.array(fc.record({ author: someone }), few),
  comments: fc.array(fc.record({ article: position }), { maxLength: 3 }),
  notes: fc.array(fc.record({ article: someone }), { maxLength: 3 }),
  topics: fc.array(fc.record({ parent: someone }), few),
  links: fc.array(fc.tuple(position, position), { maxLength: 4 }),
});

const view = fc.record({
  children: fc.boolean(),
  articlesOfTopics: fc.boolean(),
  articlesOfNotes: fc.boolean(),
});

/** Values of each column; `undefined` is one too, and so is what the row holds already. */
const columns: Readonly<Record<string, readonly [EntityName, fc.Arbitrary<unknown>]>> = {
  'Person.name': ['Person', text],
  'Person.address.street': ['Person', fc.option(text)],
  'Person.address.place.lat': ['Person', fc.option(fc.nat(3))],
  'Person.address': [
    'Person',
    fc.constantFrom(null, undefined, { street: 'c' }, { place: { lat: 9 } }),
  ],
  'Writer.pseudonym': ['Writer', fc.option(text)],
  'Editor.level': ['Editor', fc.option(fc.nat(3))],
  'Profile.data': ['Profile', fc.option(fc.constantFrom({}, { a: 1 }, { a: [1, { b: null }] }))],
  'Article.title': ['Article', fc.option(text)],
  'Article.price': ['Article', fc.constantFrom(0, 0.01, 1.1, 4.35, null)],
  'Article.meta': [
    'Article',
    fc.constantFrom(null, {}, { a: 1, b: 2 }, { b: 2, a: 1 }, [1], 'x', 0),
  ],
  'Article.words': ['Article', fc.constantFrom(null, [], ['a'], ['a', 'b'])],
  'Article.published': ['Article', fc.constantFrom(null, new Date(0), new Date(1_234_567_890_123))],
  'Article.state': ['Article', fc.constantFrom('draft', 'live')],
  'Article.views': ['Article', fc.constantFrom('0', '9007199254740993', null)],
  'Article.hot': ['Article', fc.boolean()],
  'Comment.text': ['Comment', fc.option(text)],
  'Note.text': ['Note', fc.option(text)],
  'Topic.name': ['Topic', fc.option(text)],
};

const set = fc.constantFrom(...Object.keys(columns)).chain((name) => {
  const [of, values] = columns[name] ?? ['Note', fc.constant(null)];
  const path = name.slice(name.indexOf('.') + 1);
  const to = fc.oneof(
    { weight: 9, arbitrary: values },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  return fc.record({
    do: fc.constant('set' as const),
    of: fc.constant(of),
    pick: position,
    path: fc.constant(path),
    to,
  });
});

const changeInPlace = fc.record({
  do: fc.constant('change in place' as const),
  pick: position,
  path: fc.constantFrom('meta', 'words', 'published'),
  to: fc.nat(3),
});

const member = fc.oneof(
  { weight: 3, arbitrary: position },
  { weight: 2, arbitrary: fc.constant('new' as const) },
);

const point = fc.record({
  do: fc.constant('point' as const),
  relation: fc.constantFrom(...(Object.keys(toOne) as ToOne[])),
  pick: position,
  to: fc.option(member),
});

const collection = fc.constantFrom(...(Object.keys(toMany) as ToMany[]));
const putIn = fc.record({
  do: fc.constant('put in' as const),
  relation: collection,
  pick: position,
  member,
});
const takeOut = fc.record({
  do: fc.constant('take out' as const),
  relation: collection,
  pick: position,
  member: position,
});
const replaceAll = fc.record({
  do: fc.constant('replace all' as const),
  relation: collection,
  pick: position,
  members: fc.option(fc.array(member, { maxLength: 3 })),
});

const names: readonly EntityName[] = [
  'Person',
  'Writer',
  'Editor',
  'Profile',
  'Article',
  'Comment',
  'Note',
  'Topic',
];
const add = fc.constantFrom(...names).chain((of) => {
  const own = Object.entries(columns).filter(([, [owner]]) => owner === of);
  const values = Object.fromEntries(
    own.map(([name, [, value]]) => [name.slice(name.indexOf('.') + 1), value]),
  );
  return fc.record({
    do: fc.constant('add' as const),
    of: fc.constant(of),
    values: fc.record(values, { requiredKeys: [] }),
  });
});

const remove = fc.record({
  do: fc.constant('remove' as const),
  of: fc.constantFrom(...names),
  pick: position,
});

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 4, arbitrary: set },
  { weight: 1, arbitrary: changeInPlace },
  { weight: 2, arbitrary: point },
  { weight: 2, arbitrary: putIn },
  { weight: 2, arbitrary: takeOut },
  { weight: 1, arbitrary: replaceAll },
  { weight: 1, arbitrary: add },
  { weight: 1, arbitrary: remove },
);

/** Which of the two sides of a one-to-one is meant, if they say otherwise, nobody knows. */
function withoutContradiction(edits: readonly Edit[]): readonly Edit[] {
  const isOf = (relation: string) => (one: Edit) => one.do === 'point' && one.relation === relation;
  if (!edits.some(isOf('Person.profile'))) return edits;
  const others = edits.filter((one) => !isOf('Profile.person')(one));
  return others.length > 0 ? others : edits;
}

export const anyCase: fc.Arbitrary<Case> = fc.record({
  start,
  view,
  edits: fc.array(edit, { minLength: 1, maxLength: 5 }).map(withoutContradiction),
});
