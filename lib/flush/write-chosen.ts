import type { TrackedEntity } from '../tracking/tracked-entity';
import { compareChosen } from './compare';
import type { FlushContext } from './flush-context';
import { withParents } from './insert-unless';
import { writeChanges } from './write-changes';

/**
 * Writes some entities at once, in the middle of a flush: what a listener saves.
 *
 * What their foreign keys need is written with them, and the move of their aggregate roots.
 */
export async function writeChosen(
  context: FlushContext,
  chosen: readonly TrackedEntity[],
): Promise<void> {
  const all = () => [...new Set(chosen.flatMap((tracked) => withParents(context, tracked)))];
  let writeSet = await compareChosen(context, all());
  if (await context.listeners.before(writeSet.writes))
    writeSet = await compareChosen(context, all());
  await writeChanges(context, writeSet);
  await context.listeners.after(writeSet.writes);
}
