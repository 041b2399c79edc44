import { createHash } from 'node:crypto';
import type { DataSource } from 'typeorm';

import type { Start } from './case';

/** A case and the number by which its rows are told. */
export interface Numbered {
  readonly caseId: number;
  readonly start: Start;
}

type Values = Readonly<Record<string, unknown>>;

/** Long ago, so that a date that was moved can be told. */
const past = '2020-01-01 00:00:00.000';

/** Keys of rows that a case begins with; those that the database draws are higher. */
export const firstDrawnKey = 1_000_000_000;

/** Stores the rows of several cases: one statement for each table. */
export async function storeStarts(source: DataSource, cases: readonly Numbered[]): Promise<void> {
  for (const [table, rowsOf] of tables) {
    await insertRows(source, table, cases.flatMap(rowsOf));
  }
}

type RowsOf = (one: Numbered) => Values[];

// Whoever points to rows of the same table points to one before it.
const tables: readonly (readonly [string, RowsOf])[] = [
  ['person', peopleOf],
  ['profile', profilesOf],
  ['article', articlesOf],
  [
    'comment',
    ({ caseId, start }) =>
      start.comments.map(({ article }, i) => ({
        id: key(caseId, i),
        case_id: caseId,
        label: `c${i}`,
        text: 'said',
        ...articleKey(caseId, start, article),
      })),
  ],
  [
    'note',
    ({ caseId, start }) =>
      start.notes.map(({ article }, i) => ({
        id: uuid('note', caseId, i),
        case_id: caseId,
        label: `o${i}`,
        ...articleKey(caseId, start, article),
      })),
  ],
  [
    'topic',
    ({ caseId, start }) =>
      start.topics.map(({ parent }, i) => ({
        id: key(caseId, i),
        case_id: caseId,
        label: `t${i}`,
        name: `topic ${i}`,
        parentId: earlier(caseId, i, parent),
      })),
  ],
  ['article_topic', linksOf],
];

function peopleOf({ caseId, start }: Numbered): Values[] {
  return start.people.map(({ kind, mentor }, i) => ({
    id: key(caseId, i),
    case_id: caseId,
    label: `p${i}`,
    kind,
    name: `person ${i}`,
    addressStreet: i === 0 ? null : 'here',
    addressPlaceLat: i,
    pseudonym: kind === 'Writer' ? 'nom' : null,
    level: kind === 'Editor' ? 1 : null,
    created: past,
    updated: past,
    mentorId: earlier(caseId, i, mentor),
  }));
}

/** A person has one profile at most. */
function profilesOf({ caseId, start }: Numbered): Values[] {
  const taken = new Set<number>();
  return start.profiles.map(({ person }, i) => {
    const position = person === null ? null : person % start.people.length;
    const isFree = position !== null && !taken.has(position);
    if (isFree) taken.add(position);
    return {
      id: uuid('profile', caseId, i),
      case_id: caseId,
      label: `r${i}`,
      data: '{"a":1}',
      personId: isFree ? key(caseId, position) : null,
    };
  });
}

function articlesOf({ caseId, start }: Numbered): Values[] {
  return start.articles.map(({ author }, i) => ({
    case_id: caseId,
    label: `a${i}`,
    title: `article ${i}`,
    price: 435,
    meta: '{"a":1,"b":2}',
    words: 'a,b',
    published: past,
    views: '9007199254740993',
    authorId: author === null ? null : key(caseId, author % start.people.length),
  }));
}

function linksOf({ caseId, start }: Numbered): Values[] {
  const pairs = start.links.map(
    ([article, topic]) => `${article % start.articles.length} ${topic % start.topics.length}`,
  );
  return [...new Set(pairs)].map((pair) => {
    const [article = '', topic = ''] = pair.split(' ');
    return {
      articleCaseId: caseId,
      articleLabel: `a${article}`,
      topicId: key(caseId, Number(topic)),
    };
  });
}

function articleKey(caseId: number, { articles }: Start, position: number | null): Values {
  if (position === null) return { articleCaseId: null, articleLabel: null };
  return { articleCaseId: caseId, articleLabel: `a${position % articles.length}` };
}

function key(caseId: number, position: number): number {
  return caseId * 10 + position;
}

function earlier(caseId: number, position: number, wanted: number | null): number | null {
  return wanted === null || position === 0 ? null : key(caseId, wanted % position);
}

function uuid(...parts: readonly unknown[]): string {
  const hex = createHash('sha1').update(parts.join(' ')).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

async function insertRows(source: DataSource, table: string, rows: readonly Values[]) {
  const [first] = rows;
  if (!first) return;
  const { driver } = source;
  const names = Object.keys(first);
  const parameters: unknown[] = [];
  const bind = (value: unknown) => driver.createParameter('value', parameters.push(value) - 1);
  const tuples = rows.map((row) => `(${names.map((name) => bind(row[name])).join(', ')})`);
  const columns = names.map((name) => driver.escape(name)).join(', ');
  await source.query(
    `INSERT INTO ${driver.escape(nameOf(source, table))} (${columns}) VALUES ${tuples.join(', ')}`,
    parameters,
  );
}

/** The copy of a table that a data source works on. */
export function nameOf({ options }: DataSource, table: string): string {
  return `${options.entityPrefix ?? ''}${table}`;
}
