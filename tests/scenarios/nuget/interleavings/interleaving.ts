import type { Edit } from '../../../../examples/nuget/edits';
import type { Done, EditPackages } from '../../../../examples/nuget/operation';
import type { TestDatabase } from '../../../setup/on-each-database';
import type { TestedIsolation } from '../../../setup/on-each-isolation';
import { letRivalAct, outcomeOf, readsLock, refusesNewerRows } from '../../../support/rivals';
import { name, type Description } from './registry';

/** Two people edit one registration: the second reads, thinks, and writes when the first has ended. */
export interface Interleaving {
  readonly title: string;
  readonly before: readonly Description[];
  readonly first: Edit;
  readonly second: Edit;
  /** Whether both write one row: then some databases notice by themselves. */
  readonly overlap: boolean;
  /** What is left if nobody notices. */
  readonly corrupted: readonly Description[];
  /** What is left after one has seen what the other did, whoever was first. */
  readonly correct: readonly Description[];
}

type Outcome = Done | { readonly error: string };

/** What is answered to somebody whom nobody disturbed, and to somebody who had to begin again. */
export const done: Done = { attempts: 1, hasChanged: true };
export const replayed: Done = { attempts: 2, hasChanged: true };

/**
 * Runs both, interleaved. The first ends, or waits for a lock, while the second thinks; what is
 * thought again after a conflict meets nobody.
 */
export async function interleave(
  database: TestDatabase,
  { first, second }: Pick<Interleaving, 'first' | 'second'>,
  edit: EditPackages,
  isolation: TestedIsolation,
): Promise<{ readonly first: Outcome; readonly second: Outcome }> {
  let rival: Promise<Outcome> | undefined;
  const think = async () => {
    if (rival) return;
    const act = () => outcomeOf(edit(database.source, name, first, { isolation }));
    const { outcome } = await letRivalAct(database, act);
    rival = outcome.then((settled) => {
      if (settled.status === 'rejected') throw settled.reason;
      return settled.value;
    });
    // It is awaited below, also if the second fails.
    rival.catch(() => undefined);
  };
  const ended = await outcomeOf(edit(database.source, name, second, { isolation, think }));
  if (!rival) throw new Error('the second has not thought');
  return { first: await rival, second: ended };
}

/** How often both together began again. */
export const countReplays = (outcomes: Readonly<Record<string, Outcome>>): number =>
  Object.values(outcomes).reduce(
    (sum, outcome) => sum + ('attempts' in outcome ? outcome.attempts - 1 : 0),
    0,
  );

/** The code with which the database itself refuses one of two that interleave; undefined: it does not. */
export function refusalOf(
  database: TestDatabase,
  isolation: TestedIsolation,
  { overlap }: Pick<Interleaving, 'overlap'>,
): string | undefined {
  if (database.engine === 'postgres') {
    if (isolation === 'SERIALIZABLE') return '40001';
    return isolation === 'REPEATABLE READ' && overlap ? '40001' : undefined;
  }
  if (readsLock(database, isolation)) return '1213';
  return overlap && refusesNewerRows(database, isolation) ? '1020' : undefined;
}
