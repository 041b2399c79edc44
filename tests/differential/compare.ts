import type { DataSource } from 'typeorm';

import type { Case } from './case';
import { isDocumented } from './documented';
import { readRows, type CaseRows } from './rows';
import { runInUnit, runPlainly, type Failure } from './run-case';
import { storeStarts } from './start';

/** Two copies of the same tables: one for TypeORM's own `save()` and `remove()`, one for units. */
export interface Copies {
  readonly plain: DataSource;
  readonly unit: DataSource;
}

/** What became of one case both ways. */
export interface Comparison {
  readonly it: Case;
  /** What TypeORM itself refuses says nothing of the unit. */
  readonly isComparable: boolean;
  readonly hasWritten: boolean;
  readonly isRefused: boolean;
  /** What differs; `undefined`: nothing. */
  readonly difference: string | undefined;
}

const atOnce = 3;
let lastCase = 0;

/** Runs cases both ways, each on rows of its own, and compares all rows afterwards. */
export async function compareCases(
  { plain, unit }: Copies,
  cases: readonly Case[],
): Promise<Comparison[]> {
  const first = lastCase + 1;
  lastCase += cases.length;
  const numbered = cases.map((it, i) => ({ caseId: first + i, it, start: it.start }));
  await Promise.all([plain, unit].map((source) => storeStarts(source, numbered)));
  const before = await readRows(unit, first, lastCase);
  const outcomes = await inParallel(numbered, async ({ caseId, it }) => {
    const plainly = await runPlainly(plain, caseId, it);
    return { plainly, inUnit: await runInUnit(unit, caseId, it) };
  });
  const [plainRows, unitRows] = await Promise.all(
    [plain, unit].map((source) => readRows(source, first, first + cases.length - 1)),
  );
  return numbered.map(({ caseId, it }, i) => {
    const { plainly, inUnit } = outcomes[i] as Outcome;
    const stored = before.get(caseId) ?? none;
    const plain = plainRows?.get(caseId) ?? none;
    const inUnits = unitRows?.get(caseId) ?? none;
    const difference = plainly ? undefined : differenceOf({ stored, plain, inUnits }, inUnit);
    const hasWritten = !areSame(stored, plain);
    return { it, isComparable: !plainly, isRefused: !!inUnit, hasWritten, difference };
  });
}

const none: CaseRows = new Map();

interface Outcome {
  readonly plainly: Failure;
  readonly inUnit: Failure;
}

/** The rows that a case began with, and those that it left both ways. */
interface Left {
  readonly stored: CaseRows;
  readonly plain: CaseRows;
  readonly inUnits: CaseRows;
}

function differenceOf({ stored, plain, inUnits }: Left, failure: Failure): string | undefined {
  if (failure) return writtenBy(failure, stored, inUnits) ?? undocumented(failure);
  const lines = [
    ...onlyIn(plain, inUnits).map((row) => `save() and remove() alone leave ${row}`),
    ...onlyIn(inUnits, plain).map((row) => `the unit alone leaves ${row}`),
    ...movesOf(stored, inUnits),
  ];
  return lines.length > 0 ? lines.join('\n') : undefined;
}

/** Whoever is refused has written nothing, whatever is documented. */
function writtenBy(failure: Error, stored: CaseRows, inUnits: CaseRows): string | undefined {
  const lines = [
    ...onlyIn(stored, inUnits).map((row) => `it was ${row}`),
    ...onlyIn(inUnits, stored).map((row) => `it left ${row}`),
    ...[...inUnits].flatMap(([name, { isMoved }]) => (isMoved ? [`it moved ${name}`] : [])),
  ];
  if (lines.length === 0) return undefined;
  return [`the unit was refused, and wrote: ${failure.name}: ${failure.message}`, ...lines].join(
    '\n',
  );
}

function undocumented(failure: Error): string | undefined {
  if (isDocumented(failure)) return undefined;
  return `the unit was refused: ${failure.name}: ${failure.message}`;
}

function areSame(one: CaseRows, other: CaseRows): boolean {
  return onlyIn(one, other).length + onlyIn(other, one).length === 0;
}

function onlyIn(one: CaseRows, other: CaseRows): string[] {
  const differing = [...one].filter(([name, { content }]) => other.get(name)?.content !== content);
  return differing.map(([name, { content }]) => `${name} ${content}`);
}

/**
 * A unit moves the version of what it changed, and of nothing else. TypeORM writes every row whose
 * many-to-one is NULL, so its versions say nothing.
 */
function movesOf(stored: CaseRows, inUnits: CaseRows): string[] {
  return [...inUnits].flatMap(([name, { content, isMoved }]) => {
    const before = stored.get(name);
    const isChanged = before !== undefined && before.content !== content;
    const hasVersion = !name.startsWith('comment ') && !name.startsWith('article_topic ');
    if (!hasVersion || isMoved === isChanged || before === undefined) return [];
    return [
      `${name} was ${isChanged ? 'changed' : 'not changed'}, and ${isMoved ? 'moved' : 'not moved'}`,
    ];
  });
}

async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const runSome = async () => {
    for (const [i, item] of rest) results[i] = await run(item);
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
  return results;
}
