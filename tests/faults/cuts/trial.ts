import { inspect } from 'node:util';

import {
  allOf,
  constantBackoff,
  escalateAfter,
  maxAttempts,
  noReplay,
  type IsolationLevel,
} from '../../../lib/index';
import { judge, type Objection, type UnitCase } from '../ledger/judge';
import type { Kind } from '../ledger/kinds';
import { openingBalance } from '../ledger/ledger';
import type { Hooks, Plan, Runner, Told } from '../units/unit';
import type { Decide, Fate } from '../wire/cutting-proxy';
import type { Lane, Lanes } from './lane';
import { Rival } from './rival';

/** What is tried: a unit, and what its messages meet. */
export interface Trial {
  readonly kind: Kind;
  readonly isolation: IsolationLevel | undefined;
  readonly exactlyOnce: boolean;
  /** Whether a rival is first, so that the unit is replayed; else it is not, whatever happens. */
  readonly isContended: boolean;
  readonly amount: number;
  /** Whether the client gives up while a message hangs. */
  readonly givesUp?: boolean;
  readonly decide: Decide;
  readonly run: Runner;
}

/** What became of it. */
export interface Outcome {
  readonly told: Told;
  readonly objections: readonly Objection[];
  /** The messages that met a fate. */
  readonly cuts: readonly Cut[];
  /** Messages that were sent until the unit had ended. */
  readonly messages: number;
  readonly deposits: number;
}

interface Cut {
  readonly fate: Fate;
  readonly isCommit: boolean;
}

/** Less than a message hangs. */
const patienceMs = 100;
const untilItWorks = allOf(maxAttempts(20), escalateAfter(1), constantBackoff(5));
let units = 0;

/** Runs one unit through a proxy, and compares what is stored afterwards with what its client was told. */
export async function runTrial(lanes: Lanes, lane: Lane, trial: Trial): Promise<Outcome> {
  const { ledger } = lanes;
  const { kind, isolation, exactlyOnce, isContended, amount } = trial;
  const pair = await ledger.openPair();
  const rival = new Rival(ledger, pair);
  const course = new Course(trial, rival);
  const retry = isContended ? untilItWorks : noReplay;
  const id = `unit-${++units}`;
  const { signal } = course;
  const plan: Plan = { id, kind, pair, amount, isolation, exactlyOnce, retry, signal };
  await lane.source.query('SELECT 1');
  lane.proxy.arm(trial.decide, (fate, isCommit) => course.note({ fate, isCommit }));
  const told = await trial.run(lane.source, plan, course);
  const { messages } = lane.proxy;
  await lane.proxy.disarm();
  await rival.stop();
  const [first, second] = rival.deposits;
  const stored = await ledger.find(id, pair);
  if (kind === 'deposit') ledger.payIn(amount * stored.mentions[0]);
  const balancesWithout = [openingBalance + first, openingBalance + second] as const;
  const objections = judge({ ...course.tell(told), amount, balancesWithout, stored });
  return { told, objections, cuts: course.cuts, messages, deposits: first + second };
}

/** What happens while a unit runs. */
class Course implements Hooks {
  readonly cuts: Cut[] = [];
  readonly #trial: Trial;
  readonly #rival: Rival;
  readonly #givingUp = new AbortController();
  #runs = 0;
  #runsBeforeCut = 0;
  #callbacks = 0;

  constructor(trial: Trial, rival: Rival) {
    this.#trial = trial;
    this.#rival = rival;
  }

  get signal(): AbortSignal {
    return this.#givingUp.signal;
  }

  readonly onRun = async (): Promise<void> => {
    if (++this.#runs === 1 && this.#trial.isContended) await this.#rival.deposit(0);
  };

  readonly onCommitted = (): void => {
    this.#callbacks++;
  };

  note(cut: Cut): void {
    this.cuts.push(cut);
    this.#runsBeforeCut = this.#runs;
    this.#rival.start();
    // Not a deadline: a busy machine would miss it before anything hangs.
    if (this.#trial.givesUp) setTimeout(() => this.#givingUp.abort(), patienceMs);
  }

  tell({ answer }: Told): Omit<UnitCase, 'stored'> {
    const { kind, exactlyOnce, givesUp = false } = this.#trial;
    return {
      kind,
      answer,
      callbacks: this.#callbacks,
      mayBeUnknown: !exactlyOnce || givesUp,
      runsAfterUnknown: this.cuts.length > 0 ? this.#runs - this.#runsBeforeCut : 0,
    };
  }
}

/** What a person needs to know of a trial with which something is wrong. */
export function describeTrial(trial: Trial, { told, objections, cuts }: Outcome): string {
  const { kind, isolation, exactlyOnce, isContended, givesUp } = trial;
  const met = cuts.map(({ fate, isCommit }) => (isCommit ? `${fate} of COMMIT` : fate));
  return [
    objections.map(({ fault, text }) => `${fault}: ${text}`).join('; '),
    inspect({ kind, isolation, exactlyOnce, isContended, givesUp, met, answer: told.answer }),
    inspect(told.error, { depth: 3 }),
  ].join('\n');
}
