import { conflictCode } from '../../../../examples/setup/conflict-code';
import { submitInUnit, submitWithSave } from '../../../../examples/gerrit/submit';
import { sweepInUnit, sweepWithSave } from '../../../../examples/gerrit/sweep-queue';
import { rejectionOf } from '../../../support/accounts';
import {
  nothing,
  onEachLevel,
  onEachStage,
  once,
  patchSetsOf,
  storedChange,
  whatIsWrong,
} from './stage';

/** C: the author and the merge queue both make patch set 2. */
onEachStage('an author and the merge queue', (stage) => {
  beforeEach(() => stage.database.sql("UPDATE changes SET status = 'S' WHERE change_id = 1"));

  onEachLevel(stage, (isolation) => {
    if (isolation === 'READ COMMITTED') {
      it('lose the patch set of the queue to save(), and both are told that theirs is stored', async () => {
        const sweep = () => sweepWithSave(stage.rival, { isolation });

        await submitWithSave(stage.source, 1, { isolation, thinking: sweep });

        expect(await patchSetsOf(stage, 1)).toEqual([1, 2]);
        expect(await whatIsWrong(stage)).toMatchObject({ lost: 1 });
      });
    } else {
      // The snapshot hides the queue's patch set from save(), which then sends an INSERT.
      it('are told apart by the database, and the author must begin again by hand', async () => {
        const sweep = () => sweepWithSave(stage.rival, { isolation });

        const submit = submitWithSave(stage.source, 1, { isolation, thinking: sweep });

        expect(conflictCode(await rejectionOf(submit))).toBeDefined();
        expect(await whatIsWrong(stage)).toEqual(nothing);
      });
    }

    it('both have their patch sets from units, one after the other', async () => {
      const sweep = once(() => sweepInUnit(stage.rival, { isolation }));

      const { attempts } = await submitInUnit(stage.source, 1, { isolation, thinking: sweep });

      expect(attempts).toBe(2);
      expect(await patchSetsOf(stage, 1)).toEqual([1, 2, 3]);
      expect(await storedChange(stage, 1)).toMatchObject({ current: 3, submits: 2, version: 3 });
      expect(await whatIsWrong(stage)).toEqual(nothing);
    });

    it('both have them also where the queue is the slower one', async () => {
      const submit = once(() => submitInUnit(stage.rival, 1, { isolation }));

      const { attempts } = await sweepInUnit(stage.source, { isolation, thinking: submit });

      expect(attempts).toBe(2);
      expect(await patchSetsOf(stage, 1)).toEqual([1, 2, 3]);
      expect(await whatIsWrong(stage)).toEqual(nothing);
    });
  });
});
