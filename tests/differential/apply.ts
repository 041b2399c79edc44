import {
  toMany,
  toOne,
  type Edit,
  type EntityName,
  type Pick,
  type ToMany,
  type ToOne,
} from './case';
import type { Graph, Thing } from './graph';

/** How new and removed entities are told of: what a cascade reaches needs nobody to say so. */
export interface Door {
  add(thing: Thing): void;
  remove(thing: Thing): void;
}

const cascading: readonly string[] = [
  'Person.profile',
  'Article.author',
  'Article.comments',
  'Article.notes',
  'Article.topics',
];

/** Does to the objects of a case what one edit says, whoever writes them then. */
export function applyEdit(graph: Graph, door: Door, edit: Edit): void {
  if (edit.do === 'set') set(graph.pick(edit.of, edit.pick), edit.path, structuredClone(edit.to));
  else if (edit.do === 'change in place') changeInPlace(graph.pick('Article', edit.pick), edit);
  else if (edit.do === 'add') {
    const thing = graph.make(edit.of);
    for (const [path, to] of Object.entries(edit.values)) set(thing, path, structuredClone(to));
    door.add(thing);
  } else if (edit.do === 'remove') {
    const thing = graph.pick(edit.of, edit.pick);
    if (!thing) return;
    graph.removed.add(thing);
    door.remove(thing);
  } else editRelation(graph, door, edit);
}

/** A column of an embedded object that is not there is left alone. */
function set(thing: Thing | undefined, path: string, to: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let holder: unknown = thing;
  for (const name of names) holder = (holder as Record<string, unknown> | null | undefined)?.[name];
  if (typeof holder === 'object' && holder !== null) (holder as Record<string, unknown>)[last] = to;
}

function changeInPlace(
  thing: Thing | undefined,
  { path, to }: { readonly path: string; readonly to: number },
): void {
  const value = thing?.[path];
  if (value instanceof Date) value.setMilliseconds(to);
  else if (Array.isArray(value)) value.push(String(to));
  else if (typeof value === 'object' && value !== null) (value as { n?: number }).n = to;
}

type RelationEdit = Extract<Edit, { readonly relation: string }>;

function editRelation(graph: Graph, door: Door, edit: RelationEdit): void {
  const [owner = '', property = ''] = edit.relation.split('.');
  const thing = graph.pick(owner as EntityName, edit.pick);
  if (!thing) return;
  const find = (pick: Pick) => choose(graph, door, edit.relation, pick, thing);
  const list = thing[property] as Thing[] | null | undefined;
  if (edit.do === 'point') {
    // That nothing was assigned to a foreign key which nobody has read, only the row can tell; and of a
    // new object save() takes it for more than the collection that the object was put into.
    const to = edit.to === null ? undefined : find(edit.to);
    if (to || list !== undefined) thing[property] = to ?? null;
    return;
  }
  if (list === undefined) return;
  if (edit.do === 'take out') list?.splice(edit.member % Math.max(list.length, 1), 1);
  else if (edit.do === 'put in') {
    const member = find(edit.member);
    if (member) thing[property] = [...new Set([...(list ?? []), member])];
  } else {
    const members = edit.members?.flatMap((pick) => find(pick) ?? []);
    thing[property] = members ? [...new Set(members)] : null;
  }
}

function choose(
  graph: Graph,
  door: Door,
  relation: ToOne | ToMany,
  pick: Pick,
  from: Thing,
): Thing | undefined {
  const name: EntityName = { ...toOne, ...toMany }[relation];
  if (pick !== 'new') {
    const found = graph.pick(name, pick);
    // A row that points to itself can be inserted by neither.
    return found === from ? undefined : found;
  }
  const made = graph.make(name);
  if (!cascading.includes(relation)) door.add(made);
  return made;
}
