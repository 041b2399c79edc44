import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { outsideUnitOfWork } from '../../lib/index';
import type { Print } from '../setup/example';
import { findBrokenThreads } from './broken-threads';
import { entities, Patch, Person, Series } from './entities';
import type { Mail } from './mail';
import { parseIgnoringDuplicates } from './naive-parsers';
import type { Step } from './operation';
import { parseMail } from './parse-mail';

export const title =
  'parses two mails of one thread at once: naively the series is split, in units never';

export { entities };

const isolation = 'READ COMMITTED';

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  // The parser of the cover letter is faster than that of the patch, which has found no series.
  const [naiveCover, naivePatch] = threadOf('naive');
  await parseIgnoringDuplicates(dataSource, naivePatch, {
    isolation,
    think: once('insert series', () => parseIgnoringDuplicates(dataSource, naiveCover)),
  });
  const naive = await describe(dataSource, 'naive');
  print(`naively the thread is ${naive}`);
  assert.deepEqual(await findBrokenThreads(dataSource), ['naive-0']);

  const [cover, patch] = threadOf('units');
  const rival = once('insert series', () =>
    outsideUnitOfWork(() => parseMail(dataSource, cover, { isolation })),
  );
  await parseMail(dataSource, patch, { isolation, think: rival });
  const again = await parseMail(dataSource, { ...cover, senderAddress: 'ANN@example.org' });
  print(`the cover letter comes a second time: it is ${again.isNew ? 'stored' : 'known'}`);
  const united = await describe(dataSource, 'units');
  print(`in units the thread is ${united}`);

  assert.deepEqual(await findBrokenThreads(dataSource), ['naive-0']);
  assert.equal(naive, '2 mails in 2 series, named naive 0/1, naive 1/1');
  assert.equal(united, '2 mails in 1 series, named units 0/1');
  assert.equal(again.isNew, false);
  assert.equal(await dataSource.manager.countBy(Person, { emailKey: 'ann@example.org' }), 1);
}

/** A cover letter of Ann, and a patch of Bob. */
function threadOf(name: string): readonly [cover: Mail, patch: Mail] {
  const mail = (number: number, sender: string): Mail => ({
    projectId: 1,
    msgid: `${name}-${number}`,
    threadRoot: `${name}-0`,
    number,
    total: 1,
    subject: `${name} ${number}/1`,
    senderAddress: `${sender}@example.org`,
    senderName: sender,
  });
  return [mail(0, 'Ann'), mail(1, 'Bob')];
}

async function describe({ manager }: DataSource, name: string): Promise<string> {
  const patches = await manager.findBy(Patch, { threadRoot: `${name}-0` });
  const series = await manager.find(Series, { order: { id: 'ASC' } });
  const own = series.filter(({ id }) => patches.some(({ seriesId }) => seriesId === id));
  const names = own.map((one) => one.name).join(', ');
  return `${patches.length} mails in ${own.length} series, named ${names}`;
}

/** A replay comes by again, but nobody is faster this time. */
function once(step: Step, work: () => Promise<unknown>): (now: Step) => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return async (now) => now === step && (done ??= work());
}
