import type { DataSource } from 'typeorm';

import {
  CommitOutcomeUnknownError,
  ConcurrencyError,
  unitOfWork,
  type IsolationLevel,
  type UnitOfWork,
} from '../../../lib/index';
import type { Outcome, UnitRecord } from '../checker/history';
import { Note, Page } from '../entities';
import type { Program, Target } from '../programs/program';
import { Draft } from './draft';
import type { Place } from './place';
import { Thrown, type Entry, type Rows } from './rows';

/** Runs a program in some way and tells what came of it. */
export type Runner = (
  source: DataSource,
  program: Program,
  place: Place,
  isolation: IsolationLevel,
) => Promise<UnitRecord>;

/**
 * Runs a program as a unit of work, with the default retry policy.
 *
 * @throws An error that no rival explains.
 */
export const runUnit: Runner = async (source, program, place, isolation) => {
  let draft = new Draft(program, 1);
  const work = async (uow: UnitOfWork) => {
    draft = new Draft(program, uow.attempt);
    await draft.play(rowsOf(uow, place));
  };
  try {
    await unitOfWork(source, work, { isolation });
  } catch (error) {
    return draft.end(outcomeOf(error));
  }
  return draft.end('committed');
};

function rowsOf(uow: UnitOfWork, place: Place): Rows {
  return {
    find: (target) => findRow(uow, target, place),
    add: ({ number }, entries) => {
      const note = Object.assign(new Note(), { slot: place + number, entries });
      uow.add(note);
      return note;
    },
    change: (entry, entries) => void (entry.entries = entries),
    remove: (entry) => uow.remove(entry),
    guard: async (entry, guard, target) => {
      // A locking read finds nothing of a row that is gone, and says no more than that.
      if (guard === 'reread')
        return (await findRow(uow, target, place, { mode: 'pessimistic_write' })) === entry;
      if (guard === 'assert') uow.assertUnchanged(entry);
      else await uow.lock(entry);
      return true;
    },
    flush: () => uow.flush(),
  };
}

/** Finds the row of a target. */
export function findRow(
  finder: Pick<UnitOfWork, 'findOneBy' | 'findOne'>,
  { table, number }: Target,
  place: Place,
  lock?: { readonly mode: 'pessimistic_write' },
): Promise<Entry | null> {
  const [id, slot] = [place + number, place + number];
  if (lock) {
    return table === 'page'
      ? finder.findOne(Page, { where: { id }, lock })
      : finder.findOne(Note, { where: { slot }, lock });
  }
  return table === 'page' ? finder.findOneBy(Page, { id }) : finder.findOneBy(Note, { slot });
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof Thrown) return 'thrown';
  if (ConcurrencyError.is(error)) return 'refused';
  if (error instanceof CommitOutcomeUnknownError) return 'unknown';
  throw error;
}
