import type { DataSource } from 'typeorm';

import { nameOf } from './start';

type Row = Record<string, unknown>;

/** A row that is the same whatever keys were drawn. */
interface CaseRow {
  /** What the row holds, as text. */
  readonly content: string;
  /** Whether its row version or its update date say that it was written since it was inserted. */
  readonly isMoved: boolean;
}

/** The rows of a case, by their table and label. */
export type CaseRows = ReadonlyMap<string, CaseRow>;

const tables = [
  'person',
  'profile',
  'article',
  'comment',
  'note',
  'topic',
  'article_topic',
] as const;

/** Reads the rows of the cases with these numbers. */
export async function readRows(
  source: DataSource,
  first: number,
  last: number,
): Promise<Map<number, CaseRows>> {
  const found = new Map<string, Row[]>();
  for (const table of tables) found.set(table, await readTable(source, table, first, last));
  const labels = labelsOf(found);
  const byCase = new Map<number, Map<string, CaseRow>>();
  for (const [table, rows] of found) {
    for (const row of rows) {
      const caseId = Number(row['case_id'] ?? row['articleCaseId']);
      const ofCase = byCase.get(caseId) ?? new Map<string, CaseRow>();
      byCase.set(caseId, ofCase);
      const content = JSON.stringify(normalize(row, labels));
      const name = `${table} ${typeof row['label'] === 'string' ? row['label'] : content}`;
      ofCase.set(name, { content, isMoved: isMoved(row) });
    }
  }
  return byCase;
}

async function readTable(source: DataSource, table: string, first: number, last: number) {
  const { driver } = source;
  const column = driver.escape(table === 'article_topic' ? 'articleCaseId' : 'case_id');
  const name = driver.escape(nameOf(source, table));
  const rows: unknown = await source.query(
    `SELECT * FROM ${name} WHERE ${column} BETWEEN ${first} AND ${last}`,
  );
  return rows as Row[];
}

/** What rows are called instead of by keys that the database has drawn. */
function labelsOf(found: ReadonlyMap<string, readonly Row[]>): Map<string, unknown> {
  const tablesWithKeys = [...found].filter(([table]) => !table.startsWith('article'));
  return new Map(
    tablesWithKeys.flatMap(([table, rows]) =>
      rows.map((row) => [`${table} ${String(row['id'])}`, row['label']] as const),
    ),
  );
}

const references: Readonly<Record<string, string>> = {
  mentorId: 'person',
  authorId: 'person',
  personId: 'person',
  parentId: 'topic',
  topicId: 'topic',
};

function isMoved(row: Row): boolean {
  const { updated } = row;
  return Number(row['row_version']) > 1 || (updated instanceof Date && !isPast(updated));
}

function normalize(row: Row, labels: ReadonlyMap<string, unknown>): Row {
  const names = Object.keys(row).filter((name) => !['id', 'row_version', 'updated'].includes(name));
  return Object.fromEntries(
    names.toSorted().map((name) => [name, normalizeValue(name, row[name], labels)]),
  );
}

function normalizeValue(
  name: string,
  value: unknown,
  labels: ReadonlyMap<string, unknown>,
): unknown {
  const table = references[name];
  if (value !== null && table) {
    return labels.get(`${table} ${Number(value)}`) ?? 'a row that is not there';
  }
  if (!(value instanceof Date)) return value;
  return name === 'created' ? isPast(value) : value.toISOString();
}

function isPast(date: Date): boolean {
  return date.getFullYear() < 2021;
}
