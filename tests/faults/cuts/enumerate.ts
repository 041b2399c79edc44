import type { Kind } from '../ledger/kinds';
import type { Fate } from '../wire/cutting-proxy';
import type { Lanes } from './lane';
import { runTrial, type Trial } from './trial';

/** What a unit is, whatever it meets. */
export type Shape = Omit<Trial, 'decide'>;

/**
 * One trial for each message of a unit and each fate.
 *
 * How many messages there are is seen by letting all of them pass, a second time for what is only asked
 * once for each pool.
 */
export async function enumerate(
  lanes: Lanes,
  shape: Shape,
  fates: readonly Fate[],
): Promise<Trial[]> {
  const [lane] = lanes.all;
  if (!lane) throw new Error('there is no lane');
  const undisturbed = { ...shape, decide: () => undefined };
  await runTrial(lanes, lane, undisturbed);
  const { messages, told } = await runTrial(lanes, lane, undisturbed);
  if (told.answer !== 'committed')
    throw new Error('the unit fails by itself', { cause: told.error });
  return fates.flatMap((fate) =>
    Array.from({ length: messages }, (_, index) => ({
      ...shape,
      givesUp: fate === 'hang',
      decide: (number: number) => (number === index + 1 ? fate : undefined),
    })),
  );
}

/** Whether a rival can be first: what only inserts meets nobody. */
export const canBeContended = (kind: Kind): boolean => kind !== 'entry';
