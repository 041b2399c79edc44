import { effects, type Kind } from './kinds';

/** What a client is told of a unit; `undefined`: an error whose class says nothing of the outcome. */
export type Answer = 'committed' | 'rolled back' | 'unknown' | undefined;

/** Never to happen, whatever is cut. */
export type Fault = 'lost update' | 'double apply' | 'wrong outcome';

export const faults: readonly Fault[] = ['lost update', 'double apply', 'wrong outcome'];

/** Two accounts of which only one unit and one rival knew, as they are found when both have ended. */
export interface Case {
  readonly kind: Kind;
  readonly amount: number;
  readonly answer: Answer;
  /** How often `afterCommit` ran. */
  readonly callbacks: number;
  /** Whether the answer may be that nobody knows. */
  readonly mayBeUnknown: boolean;
  /** Runs of the unit's function after what may be the commit was sent. */
  readonly runsAfterUnknown: number;
  /** What both balances would be without the unit. */
  readonly balancesWithout: readonly [number, number];
  readonly stored: Stored;
}

/** What is found of a unit. */
export interface Stored {
  readonly balances: readonly [number, number];
  /** How often the unit stands in the history of both accounts. */
  readonly mentions: readonly [number, number];
  readonly transfers: number;
  readonly entries: number;
}

export interface Objection {
  readonly fault: Fault;
  readonly text: string;
}

/** Everything that is wrong with what became of a unit. */
export function judge(one: Case): Objection[] {
  return [...judgeRows(one), ...judgeAnswer(one)];
}

/** What was applied once leaves a trace of its own in each place. */
function tracesOf({ kind, stored }: Case): number[] {
  const { signs, transfers, entries } = effects[kind];
  return [
    ...stored.mentions.filter((_, index) => signs[index] !== 0),
    ...(transfers > 0 ? [stored.transfers] : []),
    ...(entries > 0 ? [stored.entries] : []),
  ];
}

function judgeRows(one: Case): Objection[] {
  const { kind, amount, balancesWithout, stored } = one;
  const traces = tracesOf(one);
  const objections: Objection[] = [];
  const object = (fault: Fault, text: string) => objections.push({ fault, text });
  const most = Math.max(...traces);
  if (most > 1) object('double apply', `it was applied ${most} times`);
  if (traces.some((trace) => trace !== most)) {
    object('lost update', `half of it is missing: its traces are ${traces.join(', ')}`);
  }
  for (const [index, sign] of effects[kind].signs.entries()) {
    const expected = balancesWithout[index]! + sign * amount * stored.mentions[index]!;
    const actual = stored.balances[index]!;
    if (actual === expected) continue;
    object('lost update', `the balance of account ${index + 1} is ${actual}, not ${expected}`);
  }
  return objections;
}

function judgeAnswer(one: Case): Objection[] {
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
