import { In } from 'typeorm';

import { Change, PatchSet } from '../../../../examples/gerrit/entities';
import { reviewInUnit, reviewWithSave } from '../../../../examples/gerrit/review';
import { submitInUnit } from '../../../../examples/gerrit/submit';
import { sweepInUnit } from '../../../../examples/gerrit/sweep-queue';
import {
  configureUnitOfWork,
  defaultRetryPolicy,
  type ConcurrencyError,
  type TransientError,
} from '../../../../lib/index';
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
import { reviewByUpdateOrInsert } from './update-or-insert';

type Failure = ConcurrencyError | TransientError;

/** E: counts that are summed over a batch: 2 + 0 = 2 hides a stale row. */
onEachStage('a batch of two changes, one of them stale', (stage) => {
  beforeEach(async () => {
    await stage.database.sql("UPDATE changes SET status = 'S' WHERE change_id IN (1, 2)");
  });

  it('passes for written by the sum of its counts', async () => {
    const { sql } = stage.database;
    // The same commit was uploaded twice, and the queue knows patch sets by their commits.
    await sql("INSERT INTO patch_sets VALUES (1, 2, 'first')");
    const inQueue = await stage.source.manager.findBy(PatchSet, {
      patchSetId: 1,
      changeId: In([1, 2]),
    });
    await sql("UPDATE patch_sets SET revision = 'of a rival' WHERE change_id = 2");

    let sum = 0;
    for (const { changeId, revision } of inQueue) {
      const rebased = { revision: `rebased ${changeId}` };
      sum +=
        (await stage.source.manager.update(PatchSet, { changeId, revision }, rebased)).affected ??
        0;
    }

    expect(sum).toBe(inQueue.length);
    const rows = await sql(
      'SELECT change_id AS c, revision AS r FROM patch_sets WHERE change_id < 3 ORDER BY change_id, patch_set_id',
    );
    // Two were written for the first change, and none for the second, of which nobody was told.
    expect(rows).toEqual([
      { c: 1, r: 'rebased 1' },
      { c: 1, r: 'rebased 1' },
      { c: 2, r: 'of a rival' },
    ]);
  });

  onEachLevel(stage, (isolation) => {
    it('is refused whole by a unit that names the stale one, and replayed', async () => {
      const failures: Failure[] = [];
      const source = await stage.database.openSource();
      configureUnitOfWork(source, {
        retry: (failure) => {
          failures.push(failure.error);
          return defaultRetryPolicy(failure);
        },
      });
      const review = once(() => reviewInUnit(stage.rival, 2, { isolation }));

      const { attempts } = await sweepInUnit(source, { isolation, thinking: review });

      const rows = failures.map(
        (error) => 'conflicts' in error && error.conflicts.map(({ key }) => key),
      );
      expect(rows).toEqual([[[2]]]);
      expect(attempts).toBe(2);
      expect(await storedChange(stage, 1)).toMatchObject({ current: 2, submits: 1, version: 2 });
      expect(await storedChange(stage, 2)).toMatchObject({ current: 2, submits: 1, reviews: 1 });
      expect(await whatIsWrong(stage)).toEqual(nothing);
    });
  });
});

/** F: "UPDATE, and if 0 rows INSERT": a stale row is not a missing row. */
onEachStage('a change of which no row has the version that was read', (stage) => {
  it('is stale and passes for missing, so that what a rival wrote is written over', async () => {
    const review = () => reviewWithSave(stage.rival, 1);

    await reviewByUpdateOrInsert(stage.source, 1, { thinking: review });

    // Two were told that their review is stored.
    expect(await storedChange(stage, 1)).toMatchObject({ reviews: 1 });
    expect(await whatIsWrong(stage)).toMatchObject({ lost: 1 });
  });

  it('is missing and comes back without its patch sets', async () => {
    const abandon = () => deleteChange(stage, 1);

    await reviewByUpdateOrInsert(stage.source, 1, { thinking: abandon });

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
