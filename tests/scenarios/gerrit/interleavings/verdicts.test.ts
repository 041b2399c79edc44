import { Change, PatchSet } from '../../../../examples/gerrit/entities';
import { reviewInUnit, reviewWithSave } from '../../../../examples/gerrit/review';
import { submitInUnit } from '../../../../examples/gerrit/submit';
import { defaultRetryPolicy, type RetryPolicy } from '../../../../lib/index';
import { rejectionOf } from '../../../support/accounts';
import {
  nothing,
  onEachLevel,
  onEachStage,
  once,
  storedChange,
  whatIsWrong,
  type Stage,
} from './stage';
import { rebaseByCommits, rebaseInUnit } from './rebase';
import { reviewByUpsert } from './review-by-upsert';

/** E: counts that are summed over a batch: 2 + 0 = 2 hides a stale row. */
onEachStage('a batch of two patch sets, one of them stale', (stage) => {
  // The same commit was uploaded twice.
  beforeEach(() => stage.database.sql("INSERT INTO patch_sets VALUES (1, 2, 'first')"));

  const revisions = async () => {
    const rows = await stage.database.sql(
      'SELECT revision FROM patch_sets WHERE change_id < 3 ORDER BY change_id, patch_set_id',
    );
    return rows.map((row) => row['revision']);
  };

  it('passes for written by the sum of its counts', async () => {
    const rebase = () => rebaseByCommits(stage.rival, [2], {});

    await rebaseByCommits(stage.source, [1, 2], { thinking: rebase });

    // Two for the first change and none for the second: nobody was told.
    expect(await revisions()).toEqual(['first, rebased', 'first, rebased', 'first, rebased']);
  });

  onEachLevel(stage, (isolation) => {
    it('is refused whole by a unit, which names the stale one, and written by its replay', async () => {
      const failures: unknown[] = [];
      const retry: RetryPolicy = (failure) => {
        failures.push(failure.error);
        return defaultRetryPolicy(failure);
      };
      const rebase = once(() => rebaseInUnit(stage.rival, [2], { isolation }));

      const attempt = await rebaseInUnit(stage.source, [1, 2], {
        isolation,
        retry,
        thinking: rebase,
      });

      expect(attempt).toBe(2);
      expect(failures).toMatchObject([{ conflicts: [{ entityName: 'Change', key: [2] }] }]);
      expect(await revisions()).toEqual(['first, rebased', 'first', 'first, rebased, rebased']);
      expect(await storedChange(stage, 1)).toMatchObject({ version: 2 });
      expect(await storedChange(stage, 2)).toMatchObject({ version: 3 });
    });
  });
});

/** F: "UPDATE, and if 0 rows INSERT": a stale row is not a missing row. */
onEachStage('a change of which no row has the version that was read', (stage) => {
  it('is stale and passes for missing, so that what a rival wrote is written over', async () => {
    const review = () => reviewWithSave(stage.rival, 1);

    await reviewByUpsert(stage.source, 1, { thinking: review });

    // Two were told that their review is stored.
    expect(await storedChange(stage, 1)).toMatchObject({ reviews: 1 });
    expect(await whatIsWrong(stage)).toMatchObject({ lost: 1 });
  });

  it('is missing and comes back without its patch sets', async () => {
    const abandon = () => deleteChange(stage, 1);

    await reviewByUpsert(stage.source, 1, { thinking: abandon });

    expect(await whatIsWrong(stage)).toMatchObject({ broken: 1 });
  });

  onEachLevel(stage, (isolation) => {
    it('is stale for a unit, which reads it again and keeps both reviews', async () => {
      const review = once(() => reviewInUnit(stage.rival, 1, { isolation }));

      const { attempts } = await reviewInUnit(stage.source, 1, { isolation, thinking: review });

      expect(attempts).toBe(2);
      expect(await storedChange(stage, 1)).toMatchObject({ reviews: 2, version: 3 });
      expect(await whatIsWrong(stage)).toEqual(nothing);
    });

    it('is missing for a unit, which says so and inserts nothing', async () => {
      const abandon = once(() => deleteChange(stage, 1));

      const error = await rejectionOf(
        submitInUnit(stage.source, 1, { isolation, thinking: abandon }),
      );

      // The replay looked for the change and found none.
      expect(error).toMatchObject({ name: 'EntityNotFoundError' });
      expect(await storedChange(stage, 1)).toBeUndefined();
      expect(await whatIsWrong(stage)).toEqual(nothing);
    });
  });
});

async function deleteChange({ rival }: Stage, changeId: number): Promise<void> {
  await rival.transaction(async (manager) => {
    await manager.delete(PatchSet, { changeId });
    await manager.delete(Change, { changeId });
  });
}
