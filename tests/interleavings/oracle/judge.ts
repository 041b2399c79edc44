import { isDeepStrictEqual } from 'node:util';

import type { Program, Rows, State, Unit } from '../programs/program';
import type { Life } from '../stepper/course';
import { permutationsOf } from './permutations';

/** What is promised where. */
export interface Promises {
  /** Whether a transaction sees one state of the database, so that plain reads agree as well. */
  readonly hasSnapshots: boolean;
  /** Whether only rows that both write or assert set two units against each other. */
  readonly locksSingleRows: boolean;
  /** Whether refused units run again until they have committed. */
  readonly areReplayed: boolean;
}

/** What has come of a program. */
export interface Evidence {
  readonly lives: readonly Life[];
  readonly after: State;
}

/** A unit that has committed. */
interface Committed extends Life {
  readonly unit: Unit;
  readonly result: unknown;
}

/**
 * Judges a run by what the units do one after the other.
 *
 * Rows and results must be those of the units that committed in some order, in which no unit comes
 * after one that began when it had ended. The others must have been refused, and with a reason: a unit
 * that met nobody commits, and of several one does. Otherwise a library that always throws would do.
 *
 * @returns What is wrong; `undefined`: nothing.
 */
export function judge(
  program: Program,
  { lives, after }: Evidence,
  promises: Promises,
): string | undefined {
  return (
    findWrongError(program, lives) ??
    findNeedlessRefusal(program, lives, promises) ??
    findWrongState(program, { lives, after }, promises)
  );
}

const nameOf = (index: number): string => 'ABC'[index] ?? String(index);

function findWrongError({ units }: Program, lives: readonly Life[]): string | undefined {
  const wrong = lives.findIndex(
    ({ outcome }, index) => 'error' in outcome && !units[index]!.isRefusal(outcome.error),
  );
  return wrong < 0 ? undefined : `unit ${nameOf(wrong)} failed with what is no refusal`;
}

function findNeedlessRefusal(
  { areStrangers = false }: Program,
  lives: readonly Life[],
  { locksSingleRows, areReplayed }: Promises,
): string | undefined {
  const isRefused = ({ outcome }: Life) => 'error' in outcome;
  const mayBeRefused = !areReplayed && !(areStrangers && locksSingleRows);
  const metNobody = (life: Life) =>
    lives.every((other) => other === life || other.last < life.first || life.last < other.first);
  const needless = lives.findIndex((life) => isRefused(life) && (!mayBeRefused || metNobody(life)));
  if (needless >= 0) return `unit ${nameOf(needless)} was refused, and had no need to be`;
  return lives.every(isRefused) ? 'every unit was refused' : undefined;
}

function findWrongState(
  { units, before }: Program,
  { lives, after }: Evidence,
  { hasSnapshots }: Promises,
): string | undefined {
  const committed = lives.flatMap((life, index): Committed[] =>
    'result' in life.outcome ? [{ ...life, unit: units[index]!, result: life.outcome.result }] : [],
  );
  const isPlain = ({ unit }: Committed) => !hasSnapshots && unit.isPlainReader === true;
  const readers = committed.filter(isPlain);
  const ordered = committed.filter((one) => !isPlain(one));
  const explains = (order: readonly Committed[]) => {
    if (!respectsTime(order)) return false;
    const states = runModels(before, order);
    return (
      states !== undefined &&
      isDeepStrictEqual(states.at(-1), { ...after }) &&
      readers.every((reader) => areAllTrue(reader, states))
    );
  };
  if (permutationsOf(ordered).some(explains)) return undefined;
  return 'no order of the units that committed explains the rows and what they answered';
}

/** Whether nobody comes after somebody who began when he had ended. */
function respectsTime(order: readonly Committed[]): boolean {
  return order.every((one, index) =>
    order.slice(index + 1).every((next) => next.last >= one.first),
  );
}

/** The states before, between and after the units; `undefined` if one would have answered otherwise. */
function runModels(before: State, order: readonly Committed[]): State[] | undefined {
  const states: State[] = [before];
  for (const { unit, result } of order) {
    const rows = copyOf(states.at(-1)!);
    if (!isDeepStrictEqual(unit.model(rows), result)) return undefined;
    states.push(rows);
  }
  return states;
}

const copyOf = (state: State): Rows =>
  Object.fromEntries(Object.entries(state).map(([name, row]) => [name, { ...row }]));

/** Whether each value that was read stood in one of the states. */
function areAllTrue({ unit, result }: Committed, states: readonly State[]): boolean {
  const answers = states.map((state) => unit.model(copyOf(state)) as Record<string, unknown>);
  return Object.entries(result as Record<string, unknown>).every(([name, value]) =>
    answers.some((answer) => answer[name] === value),
  );
}
