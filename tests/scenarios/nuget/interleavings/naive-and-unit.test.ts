import { findBrokenRegistrations } from '../../../../examples/nuget/broken-registrations';
import { editInUnit } from '../../../../examples/nuget/edit-in-unit';
import { editClearingFlagFirst, editNaively } from '../../../../examples/nuget/naive-edits';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { readsLock } from '../../../support/rivals';
import { countReplays, done, interleave, refusalOf, replayed } from './interleaving';
import {
  pushAndPush,
  pushOfOlder,
  relistAndRelist,
  unlistAndRelist,
  unlistAndUnlist,
} from './interleavings';
import { name, onEachRegistry, store, stored } from './registry';

onEachRegistry('two people edit one registration', (database) => {
  describe.each([
    { ...pushAndPush, naive: editNaively },
    // As a backstop index asks for it: the flag is taken from its row first, whichever that is.
    { ...pushOfOlder, naive: editClearingFlagFirst },
    { ...unlistAndUnlist, naive: editNaively },
    { ...unlistAndRelist, naive: editNaively },
    { ...relistAndRelist, naive: editNaively },
  ])('$title', ({ naive, ...interleaving }) => {
    beforeEach(() => store(database, interleaving.before));

    onEachIsolation((isolation) => {
      const refusal = refusalOf(database, isolation, interleaving);
      if (refusal === undefined) {
        it('are both acknowledged naively, and the wrong version is the latest', async () => {
          const outcomes = await interleave(database, interleaving, naive, isolation);

          expect(outcomes).toEqual({ first: done, second: done });
          expect((await stored(database)).versions).toEqual(interleaving.corrupted);
          expect(await findBrokenRegistrations(database.source)).toEqual([name]);
        });
      } else {
        it(`end naively with one that the database refuses with ${refusal}`, async () => {
          const outcomes = await interleave(database, interleaving, naive, isolation);

          expect(Object.values(outcomes)).toContainEqual({ error: refusal });
          expect(Object.values(outcomes)).toContainEqual(done);
          expect(await findBrokenRegistrations(database.source)).toEqual([]);
        });
      }

      it('are both stored in units of work, one of them after a replay', async () => {
        const outcomes = await interleave(database, interleaving, editInUnit, isolation);

        // Where reads lock, two units can meet in a deadlock more than once.
        if (readsLock(database, isolation)) expect(countReplays(outcomes)).toBeGreaterThan(0);
        else expect(outcomes).toEqual({ first: done, second: replayed });
        expect(await stored(database)).toEqual({ versions: interleaving.correct, rowVersion: 3 });
        expect(await findBrokenRegistrations(database.source)).toEqual([]);
      });
    });
  });
});
