import assert from 'node:assert/strict';
import { In, Not, type DataSource } from 'typeorm';
import { outsideUnitOfWork } from '../../lib/index';
import type { Print } from '../setup/example';
import { fillDatabase } from './database';
import { Change, LedgerEntry, PatchSet } from './entities';
import { readFigures } from './figures';
import { submitInUnit, submitWithSave } from './submit';

export const title =
  'submits two patch sets of one change at once: save() loses one, units keep both';

export const entities = [Change, PatchSet, LedgerEntry];

const isolation = 'READ COMMITTED';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  await fillDatabase(dataSource);

  // Bob submits while Ann, who has read the change, still thinks about hers.
  await submitWithSave(dataSource, 1, {
    isolation,
    thinking: () => submitWithSave(dataSource, 1, { isolation }),
  });
  const saved = await describe(dataSource, 1);
  print('Ann and Bob were both told that their patch set is stored');
  print(`with save(): ${saved}`);

  const bobsTurn = once(() => outsideUnitOfWork(() => submitInUnit(dataSource, 2, { isolation })));
  const ann = await submitInUnit(dataSource, 2, { isolation, thinking: bobsTurn });
  print(`the unit of Ann met Bob's patch set: it was committed at attempt ${ann.attempts}`);
  const united = await describe(dataSource, 2);
  print(`in units: ${united}`);

  const { lost, broken } = await readFigures(dataSource);
  assert.equal(saved, 'patch sets kept: 1 of 2, submits counted: 1');
  assert.equal(united, 'patch sets kept: 2 of 2, submits counted: 2');
  // The one that is lost is that of save().
  assert.deepEqual([ann.attempts, lost, broken], [2, 1, 0]);
}

/** Compares what the submitters were told, which is in the ledger, with what is there. */
async function describe(dataSource: DataSource, changeId: number): Promise<string> {
  const { manager } = dataSource;
  const told = await manager.findBy(LedgerEntry, { changeId, event: 'commit' });
  const revision = In(told.map((entry) => entry.revision));
  const kept = await manager.countBy(PatchSet, { changeId, revision, patchSetId: Not(1) });
  const { submitCount } = await manager.findOneByOrFail(Change, { changeId });
  return `patch sets kept: ${kept} of ${told.length}, submits counted: ${submitCount}`;
}

/** A replay thinks again, but nobody is faster this time. */
function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => (done ??= work());
}
