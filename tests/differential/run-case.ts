import type { DataSource } from 'typeorm';

import { noReplay, unitOfWork } from '../../lib/index';
import { applyEdit } from './apply';
import type { Case } from './case';
import { loadGraph, type Thing } from './graph';

/** What became of a case: `undefined` if it was written. */
export type Failure = Error | undefined;

/** Loads, edits, and gives all that is left to `save()`, all that is not to `remove()`. */
export function runPlainly(source: DataSource, caseId: number, it: Case): Promise<Failure> {
  return outcomeOf(() =>
    source.transaction(async (manager) => {
      const graph = await loadGraph(manager, caseId, it.view);
      const removed: Thing[] = [];
      const door = {
        add: (thing: Thing) => graph.added.push(thing),
        remove: (thing: Thing) => removed.push(thing),
      };
      const loaded = graph.kept;
      const forgetUnset = noteUnset(loaded);
      const refuseMoved = noteMembers(loaded);
      for (const edit of it.edits) applyEdit(graph, door, edit);
      const saved = [...loaded, ...graph.added].filter((thing) => !graph.removed.has(thing));
      refuseMoved(graph.kept);
      forgetUnset();
      await manager.save(saved);
      await manager.remove(removed.filter((thing) => loaded.includes(thing)));
    }),
  );
}

const ownToOne = ['mentor', 'person', 'author', 'article', 'parent'];

/**
 * TypeORM takes a many-to-one that was loaded as NULL for one that was assigned, so that it writes rows
 * that nobody has touched, and undoes what the other side says: see the documented differences.
 */
function noteUnset(loaded: readonly Thing[]): () => void {
  const unset = loaded.flatMap((thing) =>
    ownToOne.filter((name) => thing[name] === null).map((name) => [thing, name] as const),
  );
  return () => {
    for (const [thing, name] of unset) if (thing[name] === null) delete thing[name];
  };
}

/** The side of a collection's members that points back. */
const inverses: Readonly<Record<string, string>> = {
  comments: 'article',
  notes: 'article',
  children: 'parent',
  profile: 'person',
};

/**
 * TypeORM updates a member that goes from one owner to another twice, once to the new one and once to
 * none, or deletes it: what is left is an accident. See the documented differences.
 */
function noteMembers(loaded: readonly Thing[]): (all: readonly Thing[]) => void {
  const before = loaded.flatMap((owner) =>
    Object.keys(inverses).map((name) => [owner, name, membersOf(owner, name)] as const),
  );
  return (all) => {
    for (const [owner, name, members] of before) {
      const now = membersOf(owner, name);
      const left = members.filter((member) => !now.includes(member));
      const isMoved = left.some((member) => {
        const pointsTo = member[inverses[name] ?? ''];
        const isElsewhere = typeof pointsTo === 'object' && pointsTo !== null && pointsTo !== owner;
        return isElsewhere || all.some((other) => membersOf(other, name).includes(member));
      });
      if (isMoved) throw new Error(`a member of ${name} goes to another owner`);
    }
  };
}

function membersOf(owner: Thing, name: string): Thing[] {
  const value = owner[name] as Thing | Thing[] | null | undefined;
  return [value ?? []].flat();
}

/** The same in a unit of work. */
export function runInUnit(source: DataSource, caseId: number, it: Case): Promise<Failure> {
  const work = unitOfWork(
    source,
    async (uow) => {
      const graph = await loadGraph(uow.manager, caseId, it.view);
      const door = {
        add: (thing: Thing) => {
          graph.added.push(thing);
          uow.add(thing);
        },
        // What was never added has nothing to be removed.
        remove: (thing: Thing) => {
          if (!graph.made.has(thing) || graph.added.includes(thing)) uow.remove(thing);
        },
      };
      for (const edit of it.edits) applyEdit(graph, door, edit);
    },
    { retry: noReplay },
  );
  return outcomeOf(() => work);
}

async function outcomeOf(work: () => Promise<unknown>): Promise<Failure> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
