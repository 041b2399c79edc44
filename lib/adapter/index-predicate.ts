import { keyId } from '../model/entity-key';
import type { ColumnModel } from '../model/entity-model';

/** Which rows a partial index holds, as far as it can be told without asking the database. */
export interface IndexPredicate {
  readonly columns: readonly ColumnModel[];
  holds(valueOf: (column: ColumnModel) => unknown): boolean;
}

const term =
  /^(not\s+)?"?(\w+)"?\s*(?:(is\s+null)|(is\s+not\s+null)|(?:is|=)\s*(true|false)|=\s*'([^']*)'|=\s*(-?\d+))?$/i;

/**
 * Reads predicates of the common forms, joined by AND: `is_latest`, `NOT done`, `"active" = true`,
 * `deleted_at IS NULL`, `state = 'open'`.
 *
 * @returns `undefined` if it has another form.
 */
export function readPredicate(
  sql: string,
  columns: readonly ColumnModel[],
): IndexPredicate | undefined {
  const tests: { column: ColumnModel; test: (value: unknown) => boolean }[] = [];
  for (const part of sql.split(/\s+and\s+/i)) {
    const match = term.exec(part.trim().replace(/^\((.*)\)$/, '$1'));
    const column = columns.find(({ databaseName }) => databaseName === match?.[2]);
    if (!match || !column) return undefined;
    tests.push({ column, test: testOf(match) });
  }
  return {
    columns: tests.map(({ column }) => column),
    holds: (valueOf) => tests.every(({ column, test }) => test(valueOf(column))),
  };
}

function testOf(match: RegExpExecArray): (value: unknown) => boolean {
  const [, not, , isNull, isNotNull, truth, text, number] = match;
  const test = (value: unknown) => {
    if (isNull) return value === null;
    if (isNotNull) return value !== null;
    const literal = text ?? number;
    if (literal !== undefined) return keyId([value]) === keyId([literal]);
    return isTrue(value) === (truth?.toLowerCase() !== 'false');
  };
  return not ? (value) => !test(value) : test;
}

function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 't' || value === 'true';
}
