// Both fixes were proposed; each checks the rows that are WRITTEN, and the flag depends on those READ.
import { findBrokenRegistrations } from '../../../../examples/nuget/broken-registrations';
import { onEachDatabase } from '../../../setup/on-each-database';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { rejectionOf } from '../../../support/accounts';
import { editCheckingValues, StaleValueError } from './check-values';
import { countReplays, done, interleave, refusalOf, replayed } from './interleaving';
import {
  pushAndPush,
  pushOfOlder,
  relistAndRelist,
  unlistAndRelist,
  unlistAndUnlist,
} from './interleavings';
import { name, onEachRegistry, store, stored } from './registry';
import { editVersionedRows, storedRows, storeRows, VersionedPackage } from './versioned-rows';

onEachRegistry('a check of the values that are overwritten', (database) => {
  describe.each([pushAndPush, unlistAndUnlist, unlistAndRelist, relistAndRelist])(
    '$title',
    (interleaving) => {
      beforeEach(() => store(database, interleaving.before));

      onEachIsolation((isolation) => {
        if (refusalOf(database, isolation, interleaving) !== undefined) return;

        it('pass it, and the wrong version is the latest', async () => {
          const outcomes = await interleave(database, interleaving, editCheckingValues, isolation);

          expect(outcomes).toEqual({ first: done, second: done });
          expect((await stored(database)).versions).toEqual(interleaving.corrupted);
          expect(await findBrokenRegistrations(database.source)).toEqual([name]);
        });
      });
    },
  );

  it('notices what it is made for: two who take the flag from one row', async () => {
    await store(database, pushOfOlder.before);

    const error = await rejectionOf(
      interleave(database, pushOfOlder, editCheckingValues, 'READ COMMITTED'),
    );

    expect(error).toBeInstanceOf(StaleValueError);
    expect((await stored(database)).versions).toEqual(['1 listed', '3 listed latest']);
  });
});

onEachDatabase('a row version of each package, without a root', [VersionedPackage], (database) => {
  beforeEach(() => database.source.getRepository(VersionedPackage).clear());

  describe.each([unlistAndRelist, relistAndRelist])('$title', (interleaving) => {
    beforeEach(() => storeRows(database, interleaving.before));

    onEachIsolation((isolation) => {
      if (refusalOf(database, isolation, interleaving) === undefined) {
        it('pass it, and the wrong version is the latest', async () => {
          const outcomes = await interleave(database, interleaving, editVersionedRows, isolation);

          expect(outcomes).toEqual({ first: done, second: done });
          expect(await storedRows(database)).toEqual(interleaving.corrupted);
        });
      } else {
        it('are noticed by the database, not by the versions', async () => {
          const outcomes = await interleave(database, interleaving, editVersionedRows, isolation);

          expect(countReplays(outcomes)).toBeGreaterThan(0);
          expect(await storedRows(database)).toEqual(interleaving.correct);
        });
      }
    });
  });

  it('notices what it is made for: two who write one row', async () => {
    await storeRows(database, unlistAndUnlist.before);

    const outcomes = await interleave(
      database,
      unlistAndUnlist,
      editVersionedRows,
      'READ COMMITTED',
    );

    expect(outcomes).toEqual({ first: done, second: replayed });
    expect(await storedRows(database)).toEqual(unlistAndUnlist.correct);
  });
});
