/** The rows that a case begins with; numbers are positions in the lists, and say what points where. */
export interface Start {
  readonly people: readonly { readonly kind: Kind; readonly mentor: number | null }[];
  readonly profiles: readonly { readonly person: number | null }[];
  readonly articles: readonly { readonly author: number | null }[];
  readonly comments: readonly { readonly article: number }[];
  readonly notes: readonly { readonly article: number | null }[];
  readonly topics: readonly { readonly parent: number | null }[];
  /** Article and topic. */
  readonly links: readonly (readonly [number, number])[];
}

type Kind = 'Person' | 'Writer' | 'Editor';
export type EntityName = Kind | 'Profile' | 'Article' | 'Comment' | 'Note' | 'Topic';

/** Which of the inverse relations are loaded as well: more than one side may be edited. */
export interface View {
  readonly children: boolean;
  readonly articlesOfTopics: boolean;
  readonly articlesOfNotes: boolean;
}

/** What is meant by a number: one of those that are there, by its position; `new`: one that is made. */
export type Pick = number | 'new';

/** One thing that a user's function does to the objects it has loaded. */
export type Edit =
  | {
      readonly do: 'set';
      readonly of: EntityName;
      readonly pick: number;
      readonly path: string;
      readonly to: unknown;
    }
  | {
      readonly do: 'change in place';
      readonly pick: number;
      readonly path: string;
      readonly to: number;
    }
  | {
      readonly do: 'point';
      readonly relation: ToOne;
      readonly pick: number;
      readonly to: Pick | null;
    }
  | {
      readonly do: 'put in';
      readonly relation: ToMany;
      readonly pick: number;
      readonly member: Pick;
    }
  | {
      readonly do: 'take out';
      readonly relation: ToMany;
      readonly pick: number;
      readonly member: number;
    }
  | {
      readonly do: 'replace all';
      readonly relation: ToMany;
      readonly pick: number;
      readonly members: readonly Pick[] | null;
    }
  | {
      readonly do: 'add';
      readonly of: EntityName;
      readonly values: Readonly<Record<string, unknown>>;
    }
  | { readonly do: 'remove'; readonly of: EntityName; readonly pick: number };

export const toOne = {
  'Person.mentor': 'Person',
  'Person.profile': 'Profile',
  'Profile.person': 'Person',
  'Article.author': 'Writer',
  'Note.article': 'Article',
  'Topic.parent': 'Topic',
} as const satisfies Record<string, EntityName>;

export const toMany = {
  'Article.comments': 'Comment',
  'Article.notes': 'Note',
  'Article.topics': 'Topic',
  'Topic.articles': 'Article',
  'Topic.children': 'Topic',
} as const satisfies Record<string, EntityName>;

export type ToOne = keyof typeof toOne;
export type ToMany = keyof typeof toMany;

/** What the rows are, what is loaded of them, and what is done to it. */
export interface Case {
  readonly start: Start;
  readonly view: View;
  readonly edits: readonly Edit[];
}

export function editsRelations({ edits }: Case): boolean {
  return edits.some((edit) => 'relation' in edit);
}

export function editsLinks({ edits }: Case): boolean {
  return edits.some(
    (edit) => 'relation' in edit && ['Article.topics', 'Topic.articles'].includes(edit.relation),
  );
}
