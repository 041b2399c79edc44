import { conflictCode } from '../../../../examples/setup/conflict-code';
import { Change, PatchSet } from '../../../../examples/gerrit/entities';
import { reviewInUnit, reviewWithSave } from '../../../../examples/gerrit/review';
import { moveTo, nextPatchSet, submitInUnit } from '../../../../examples/gerrit/submit';
import { unitOfWork } from '../../../../lib/index';
import { rejectionOf } from '../../../support/accounts';
import { OrmConcurrencyException, submitByStatements } from './submit-by-statements';
import {
  nothing,
  onEachLevel,
  onEachStage,
  once,
  patchSetsOf,
  refusesStaleRows,
  storedChange,
  whatIsWrong,
} from './stage';

/** A: the patch set is inserted, the update of its change finds no row, the insert stays. */
onEachStage('a patch set whose change has moved', (stage) => {
  it('is left behind as an orphan by statements that commit one by one', async () => {
    const review = () => reviewWithSave(stage.rival, 1);

    const error = await rejectionOf(submitByStatements(stage.source, 1, { thinking: review }));

    expect(error).toBeInstanceOf(OrmConcurrencyException);
    expect(await patchSetsOf(stage, 1)).toEqual([1, 2]);
    expect(await storedChange(stage, 1)).toMatchObject({ current: 1, submits: 0 });
    expect(await whatIsWrong(stage)).toMatchObject({ broken: 1, unacknowledged: 1 });
  });

  it('is inserted again by whoever tries again, and refused for ever', async () => {
    const review = () => reviewWithSave(stage.rival, 1);
    await rejectionOf(submitByStatements(stage.source, 1, { thinking: review }));

    // B: nobody is beside them any more.
    for (let attempt = 2; attempt <= 4; attempt++) {
      const error = await rejectionOf(submitByStatements(stage.source, 1, {}));
      expect(['23505', '1062']).toContain(conflictCode(error));
    }
    expect(await whatIsWrong(stage)).toMatchObject({ broken: 1 });
  });

  onEachLevel(stage, (isolation) => {
    it('is taken back with its unit, whose replay keeps both people’s work', async () => {
      const review = once(() => reviewInUnit(stage.rival, 1, { isolation }));

      const { attempts } = await submitInUnit(stage.source, 1, { isolation, thinking: review });

      expect(attempts).toBe(2);
      expect(await patchSetsOf(stage, 1)).toEqual([1, 2]);
      expect(await storedChange(stage, 1)).toEqual({
        current: 2,
        submits: 1,
        reviews: 1,
        version: 3,
      });
      expect(await whatIsWrong(stage)).toEqual(nothing);
    });

    it('is inserted once by a unit that had sent it before it lost', async () => {
      const review = once(() => reviewInUnit(stage.rival, 1, { isolation }));
      const sent: number[] = [];

      await unitOfWork(
        stage.source,
        async (uow) => {
          const change = await uow.findOneByOrFail(Change, { changeId: 1 });
          const patchSet = nextPatchSet(change);
          await review();
          uow.add(patchSet);
          await uow.flush();
          sent.push(uow.attempt);
          moveTo(change, patchSet, 'S');
        },
        { isolation },
      );

      // Snapshot isolation of MariaDB refuses the insert, because it locks the row of the change.
      const refusesParent =
        refusesStaleRows(stage, isolation) && stage.database.engine !== 'postgres';
      expect(sent).toEqual(refusesParent ? [2] : [1, 2]);
      expect(await patchSetsOf(stage, 1)).toEqual([1, 2]);
      expect(await storedChange(stage, 1)).toMatchObject({ current: 2, submits: 1, reviews: 1 });
    });

    it('leaves nothing behind when its author’s program fails after the insert', async () => {
      const failure = new Error('the mirror is full');
      const counted: number[] = [];
      const before = await storedChange(stage, 1);

      const submit = unitOfWork(
        stage.source,
        async (uow) => {
          const change = await uow.findOneByOrFail(Change, { changeId: 1 });
          uow.add(nextPatchSet(change));
          await uow.flush();
          counted.push(await uow.manager.countBy(PatchSet, { changeId: 1 }));
          throw failure;
        },
        { isolation },
      );

      expect(await rejectionOf(submit)).toBe(failure);
      // It was there, and it is gone; nothing was replayed, as no rival was the cause.
      expect(counted).toEqual([2]);
      expect(await patchSetsOf(stage, 1)).toEqual([1]);
      expect(await storedChange(stage, 1)).toEqual(before);
    });
  });

  it('is left behind by statements that commit one by one when the program fails', async () => {
    const failure = new Error('the mirror is full');
    const { manager } = stage.source;

    const submit = async () => {
      const change = await manager.findOneByOrFail(Change, { changeId: 1 });
      await manager.insert(PatchSet, nextPatchSet(change));
      throw failure;
    };

    expect(await rejectionOf(submit())).toBe(failure);
    expect(await whatIsWrong(stage)).toMatchObject({ broken: 1 });
  });
});
