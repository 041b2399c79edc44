import { choicesOf } from './script';
import { Orders } from './stepper/orders';
import { describeFault, walk, warmUp, type Trial, type Verdict } from './trial';

export interface Exploration {
  /** Different orders that were walked. */
  readonly orders: number;
  readonly areAll: boolean;
  /** Units that committed, and that were refused. */
  readonly commits: number;
  readonly refusals: number;
  /** The plainest order that went wrong, as a script. */
  readonly fault: string | undefined;
}

// Where the server is free to choose, as a deadlock's victim, an order may come again.
const mostRepetitions = 50;
const enoughFaults = 20;

/** Walks as many orders as asked for, or all if there are fewer, and judges each. */
export async function explore(
  trial: Trial,
  most: number,
  random: () => number,
): Promise<Exploration> {
  await warmUp(trial);
  const orders = new Orders(random);
  const faults: Verdict[] = [];
  let [commits, units, walked] = [0, 0, 0];
  while (orders.count < most && !orders.areExhausted && faults.length < enoughFaults) {
    const { choose, end } = orders.next();
    const verdict = await walk(trial, choose);
    end();
    if (verdict.objection !== undefined) faults.push(verdict);
    const { lives } = verdict.course;
    commits += lives.filter(({ outcome }) => 'result' in outcome).length;
    units += lives.length;
    if (++walked > orders.count + mostRepetitions) break;
  }
  const fault = faults.toSorted((left, right) => turnsOf(left) - turnsOf(right))[0];
  return {
    orders: orders.count,
    areAll: orders.areExhausted,
    commits,
    refusals: units - commits,
    fault: fault && describeFault(trial, fault),
  };
}

/** How often the units take turns. */
const turnsOf = ({ course }: Verdict): number => choicesOf(course).match(/(.)\1*/g)?.length ?? 0;
