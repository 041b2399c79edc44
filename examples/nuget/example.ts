import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { outsideUnitOfWork } from '../../lib/index';
import type { Print } from '../setup/example';
import { findBrokenRegistrations } from './broken-registrations';
import { editInUnit } from './edit-in-unit';
import { pushed, relisted, unlisted } from './edits';
import { entities, Package } from './entities';
import { editNaively } from './naive-edits';

export const title = 'relists two versions at once: naively both are the latest, in units one is';

export { entities };

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  for (const name of ['naive', 'units']) {
    for (const version of [1, 2]) await editInUnit(dataSource, name, pushed(version));
    await editInUnit(dataSource, name, unlisted(1, 2));
  }

  // Bob relists version 2 while Ann, who has read the versions, is about to relist version 1.
  await editNaively(dataSource, 'naive', relisted(1), {
    think: () => editNaively(dataSource, 'naive', relisted(2)),
  });
  const naive = await latestOf(dataSource, 'naive');
  print(`naively the latest versions are ${naive.join(' and ')}`);
  assert.deepEqual(await findBrokenRegistrations(dataSource), ['naive']);

  const bob = once(() =>
    outsideUnitOfWork(() => editInUnit(dataSource, 'units', relisted(2), { isolation })),
  );
  const ann = await editInUnit(dataSource, 'units', relisted(1), { isolation, think: bob });
  print(`the unit of Ann met Bob's: it was committed at attempt ${ann.attempts}`);
  const united = await latestOf(dataSource, 'units');
  print(`in units the latest version is ${united.join(' and ')}`);

  assert.deepEqual(await findBrokenRegistrations(dataSource), ['naive']);
  assert.deepEqual([naive, united, ann.attempts], [[1, 2], [2], 2]);
}

const isolation = 'READ COMMITTED';

async function latestOf({ manager }: DataSource, name: string): Promise<number[]> {
  const latest = await manager.find(Package, {
    where: { registration: { name }, isLatest: true },
    order: { versionSort: 'ASC' },
  });
  return latest.map(({ versionSort }) => versionSort);
}

/** A replay thinks again, but nobody is faster this time. */
function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => (done ??= work());
}
