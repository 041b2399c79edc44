import { seededRandom } from '../../scenarios/harness/random';
import { kinds } from '../ledger/kinds';
import type { Fate } from '../wire/cutting-proxy';
import { canBeContended, type Shape } from './enumerate';
import type { Trial } from './trial';

const fates: readonly Fate[] = ['lose-request', 'lose-answer', 'delay', 'hang'];
const mostFaults = 5;

/** How likely a message is cut. Most would be cut long before they come to a COMMIT. */
const likelihood = { ofCommit: 0.7, afterCommit: 0.3, else: 0.07 };

/**
 * Draws a unit that meets several fates: in its replays, and while it is found out what became of it.
 *
 * The same seed asks for the same; how a unit and its rival meet may change what becomes of it.
 */
export function drawTrial(
  common: Pick<Shape, 'isolation' | 'exactlyOnce' | 'run'>,
  random: () => number,
): Trial {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const kind = pick(kinds.filter(canBeContended));
  const amount = 1 + Math.floor(random() * 99);
  const chance = seededRandom(Math.floor(random() * 2 ** 31));
  let [faults, isCommitCut] = [0, false];
  const decide = (_: number, isCommit: boolean) => {
    const [drawn, fate] = [chance(), fates[Math.floor(chance() * fates.length)]];
    const { ofCommit, afterCommit, else: usually } = likelihood;
    const limit = isCommit ? ofCommit : isCommitCut ? afterCommit : usually;
    if (faults >= mostFaults || drawn >= limit) return undefined;
    faults++;
    isCommitCut ||= isCommit;
    return fate;
  };
  return { ...common, kind, amount, isContended: true, decide };
}
