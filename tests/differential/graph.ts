import type { EntityManager } from 'typeorm';

import type { EntityName, View } from './case';
import { Article, Comment, Editor, Note, Person, Profile, Topic, Writer } from './entities';

const classes = { Person, Writer, Editor, Profile, Article, Comment, Note, Topic } as const;

/** Any entity of the fixtures, seen as properties. */
export type Thing = Record<string, unknown> & { caseId: number; label: string };

/** The objects of one case: what was loaded, what was made, what is to be removed. */
export class Graph {
  readonly caseId: number;
  readonly added: Thing[] = [];
  readonly removed = new Set<Thing>();
  readonly #things: Thing[];
  readonly made = new Set<Thing>();

  constructor(caseId: number, loaded: readonly Thing[]) {
    this.caseId = caseId;
    this.#things = inOrder(loaded);
  }

  /** What is there and stays. */
  get kept(): Thing[] {
    return this.#things.filter((thing) => !this.removed.has(thing));
  }

  of(name: EntityName): Thing[] {
    return this.kept.filter((thing) => thing instanceof classes[name]);
  }

  /** The one at a position, counted round; `undefined`: there is none. */
  pick(name: EntityName, position: number): Thing | undefined {
    const found = this.of(name);
    return found[position % found.length];
  }

  make(name: EntityName): Thing {
    const made = Object.assign(new classes[name](), {
      caseId: this.caseId,
      label: `z${this.made.size}`,
    }) as unknown as Thing;
    this.made.add(made);
    this.#things.push(made);
    return made;
  }
}

/** Loads the rows of a case, the same way whoever asks. */
export async function loadGraph(
  manager: EntityManager,
  caseId: number,
  view: View,
): Promise<Graph> {
  const where = { caseId };
  const loaded = [
    ...(await manager.find(Article, {
      where,
      relations: { author: true, comments: true, notes: true, topics: true },
    })),
    ...(await manager.find(Person, { where, relations: { mentor: true, profile: true } })),
    ...(await manager.find(Profile, { where, relations: { person: true } })),
    ...(await manager.find(Note, { where, relations: { article: view.articlesOfNotes } })),
    ...(await manager.find(Topic, {
      where,
      relations: { parent: true, children: view.children, articles: view.articlesOfTopics },
    })),
  ];
  return new Graph(caseId, oneInstanceEach(loaded as unknown as Thing[]));
}

/**
 * Makes one instance of each row, as anybody does who edits a graph: TypeORM itself has no identity map,
 * and of several instances it would save each.
 */
function oneInstanceEach(loaded: readonly Thing[]): Thing[] {
  const known = new Map<string, Thing>();
  const visited = new Set<Thing>();
  const visit = (fresh: Thing): Thing => {
    const id = `${tableOf(fresh)} ${fresh.label}`;
    const thing = known.get(id) ?? fresh;
    known.set(id, thing);
    if (visited.has(fresh)) return thing;
    visited.add(fresh);
    for (const [name, value] of Object.entries(fresh)) {
      const replaced = Array.isArray(value)
        ? collectionOf(value, visit)
        : isThing(value)
          ? visit(value)
          : value;
      if (thing === fresh || thing[name] === undefined) thing[name] = replaced;
    }
    return thing;
  };
  for (const thing of loaded) visit(thing);
  return [...known.values()];
}

/** No database promises an order that nobody asked for. */
function collectionOf(value: readonly unknown[], visit: (thing: Thing) => Thing): unknown[] {
  return value.every(isThing) ? inOrder(value.map(visit)) : [...value];
}

function inOrder(things: readonly Thing[]): Thing[] {
  return things.toSorted((one, other) => (one.label < other.label ? -1 : 1));
}

function tableOf(thing: Thing): string {
  const name = thing.constructor.name.toLowerCase();
  return name === 'writer' || name === 'editor' ? 'person' : name;
}

function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null && 'label' in value && 'caseId' in value;
}
