import { effects, type Kind } from './kinds';

/** What a client is told of a unit; `undefined`: an error whose class says nothing of the outcome. */
export type Answer = 'committed' | 'rolled back' | 'unknown' | undefined;

/** Never to happen, whatever is cut. */
export type Fault = 'lost update' | 'double apply' | 'wrong outcome';

export const faults: readonly Fault[] = ['lost update', 'double apply', 'wrong outcome'];

/** A unit, what its client was told, and the traces of it that are found. */
export interface UnitCase {
  readonly kind: Kind;
  readonly answer: Answer;
  /** How often `afterCommit` ran. */
  readonly callbacks: number;
  /** Whether the answer may be that nobody knows. */
  readonly mayBeUnknown: boolean;
  /** Runs of the unit's function after what may be the commit was sent. */
  readonly runsAfterUnknown: number;
  readonly stored: Traces;
}

/** The same with two accounts of which only the unit and one rival knew, when both have ended. */
export interface Case extends UnitCase {
  readonly amount: number;
  /** What both balances would be without the unit. */
  readonly balancesWithout: readonly [number, number];
  readonly stored: Stored;
}

/** How often a unit is found. */
export interface Traces {
  /** In the history of both accounts. */
  readonly mentions: readonly [number, number];
  readonly transfers: number;
  readonly entries: number;
}

export interface Stored extends Traces {
  readonly balances: readonly [number, number];
}

export interface Objection {
  readonly fault: Fault;
  readonly text: string;
}

/** Everything that is wrong with what became of a unit and of its accounts. */
export function judge(one: Case): Objection[] {
  return [...judgeUnit(one), ...judgeBalances(one)];
}

/** Everything that is wrong with what became of a unit whose accounts others use as well. */
export function judgeUnit(one: UnitCase): Objection[] {
  return [...judgeTraces(one), ...judgeAnswer(one)];
}

/** What was applied once leaves a trace of its own in each place. */
function tracesOf({ kind, stored }: UnitCase): number[] {
  const { signs, transfers, entries } = effects[kind];
  return [
    ...stored.mentions.filter((_, index) => signs[index] !== 0),
    ...(transfers > 0 ? [stored.transfers] : []),
    ...(entries > 0 ? [stored.entries] : []),
  ];
}

function judgeTraces(one: UnitCase): Objection[] {
  const traces = tracesOf(one);
  const most = Math.max(...traces);
  const objections: Objection[] = [];
  if (most > 1) objections.push({ fault: 'double apply', text: `it was applied ${most} times` });
  if (traces.some((trace) => trace !== most)) {
    const text = `half of it is missing: its traces are ${traces.join(', ')}`;
    objections.push({ fault: 'lost update', text });
  }
  return objections;
}

function judgeBalances({ kind, amount, balancesWithout, stored }: Case): Objection[] {
  return effects[kind].signs.flatMap((sign, index): Objection[] => {
    const expected = balancesWithout[index]! + sign * amount * stored.mentions[index]!;
    const actual = stored.balances[index]!;
    if (actual === expected) return [];
    const text = `the balance of account ${index + 1} is ${actual}, not ${expected}`;
    return [{ fault: 'lost update', text }];
  });
}

function judgeAnswer(one: UnitCase): Objection[] {
  const { answer, callbacks, mayBeUnknown, runsAfterUnknown } = one;
  const isStored = Math.max(...tracesOf(one)) > 0;
  const texts: string[] = [];
  if (answer === undefined) texts.push('its error does not say what became of it');
  if (answer === 'committed' && !isStored) texts.push('it was told as committed and is missing');
  if (answer === 'rolled back' && isStored) texts.push('it was told as rolled back and is stored');
  if (answer === 'unknown' && !mayBeUnknown) texts.push('its outcome could have been found out');
  if (answer === 'unknown' && runsAfterUnknown > 0)
    texts.push('it ran again after an unknown outcome');
  const expected = answer === 'committed' ? 1 : 0;
  if (callbacks !== expected) texts.push(`afterCommit ran ${callbacks} times, not ${expected}`);
  return texts.map((text) => ({ fault: 'wrong outcome', text }));
}
