import { Column, Entity, PrimaryColumn, type DataSource } from 'typeorm';

import { Change } from '../../../../examples/gerrit/entities';
import {
  ConcurrencyError,
  RowVersion,
  unitOfWork,
  type IsolationLevel,
  type RetryOptions,
} from '../../../../lib/index';
import { rejectionOf } from '../../../support/accounts';
import { letRivalAct } from '../../../support/rivals';
import { onEachLevel, onEachStage, once, refusesStaleRows, type Stage } from './stage';

/** A change as Gerrit had it: the flag of the checkers is inside the version. */
@Entity('changes')
class FlaggedChange {
  @PrimaryColumn({ name: 'change_id', type: 'int' })
  changeId: number;

  @Column({ name: 'submit_count', type: 'int' })
  submitCount: number;

  @Column({ type: 'char', length: 1 })
  mergeable: string;

  @RowVersion()
  rowVersion: number;
}

type ChangeClass = typeof Change | typeof FlaggedChange;

/** D: whoever recomputes a derived flag makes people lose their work, again and again. */
onEachStage('a checker between an author’s read and write', (stage) => {
  let flagged: Stage;
  beforeAll(async () => {
    const open = () => stage.database.openSource({ entities: [FlaggedChange] });
    flagged = { database: stage.database, source: await open(), rival: await open() };
  });

  onEachLevel(stage, (isolation) => {
    it('starves the author for as long as it comes, with its flag inside the version', async () => {
      const check = () => flipFlag(flagged.rival, FlaggedChange, isolation);

      // Without locks, as the author waits for the checker in every attempt.
      const retry = { lockFromAttempt: Infinity };
      const error = await rejectionOf(
        countSubmit(flagged.source, FlaggedChange, isolation, check, retry),
      );

      expect(error).toBeInstanceOf(ConcurrencyError);
      expect(error).toMatchObject({ attempts: 10, gaveUp: '10 attempts of at most 10 spent' });
      expect(await storedCount(stage)).toBe(0);
    });

    it('loses once to an author who locks, with its flag inside the version', async () => {
      const checks: Promise<unknown>[] = [];
      const flip = () => flipFlag(flagged.rival, FlaggedChange, isolation);
      const check = async () => {
        const { outcome } = await letRivalAct(stage.database, flip);
        checks.push(outcome);
      };

      expect(await countSubmit(flagged.source, FlaggedChange, isolation, check)).toBe(2);
      await Promise.all(checks);
      expect(await storedCount(stage)).toBe(1);
    });

    if (refusesStaleRows(stage, isolation)) {
      // The database itself refuses to write a row that changed since the snapshot, whatever column.
      it('makes the author try again also with its flag outside the version', async () => {
        const check = once(() => flipFlag(stage.rival, Change, isolation));

        expect(await countSubmit(stage.source, Change, isolation, check)).toBe(2);
        expect(await storedCount(stage)).toBe(1);
      });
    } else {
      it('is no rival with its flag outside the version', async () => {
        const check = () => flipFlag(stage.rival, Change, isolation);

        expect(await countSubmit(stage.source, Change, isolation, check)).toBe(1);
        expect(await storedCount(stage)).toBe(1);
      });
    }
  });
});

/** @returns The attempt that was committed. */
function countSubmit(
  source: DataSource,
  entity: ChangeClass,
  isolation: IsolationLevel,
  check: () => Promise<unknown>,
  retry?: RetryOptions,
): Promise<number> {
  return unitOfWork(
    source,
    async (uow) => {
      const change = await uow.findOneByOrFail<Change | FlaggedChange>(entity, { changeId: 1 });
      await check();
      change.submitCount += 1;
      return uow.attempt;
    },
    { isolation, retry },
  );
}

/** A check whose result differs each time. */
function flipFlag(
  source: DataSource,
  entity: ChangeClass,
  isolation: IsolationLevel,
): Promise<void> {
  return unitOfWork(
    source,
    async (uow) => {
      const change = await uow.findOneByOrFail<Change | FlaggedChange>(entity, { changeId: 1 });
      change.mergeable = change.mergeable === 'Y' ? 'N' : 'Y';
    },
    { isolation },
  );
}

async function storedCount({ database }: Stage): Promise<number> {
  const [row] = await database.sql('SELECT submit_count AS n FROM changes WHERE change_id = 1');
  return Number(row?.['n']);
}
