import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { ConcurrencyError, outsideUnitOfWork } from '../../lib/index';
import type { Print } from '../setup/example';
import { findBrokenRevisions } from './broken-revisions';
import type { Content, Renderer } from './content';
import { entities, PackageRevision, Resource } from './entities';
import { pushByStatements } from './naive-operations';
import { push } from './push';
import { render, renderUntilStored } from './render';

export const title =
  'replaces the files of a package at once: naively they are mixed, in units never';

export { entities };

const ann: Content = { tag: 'ann', files: { Kptfile: 'of ann', 'ann.yaml': 'a' } };
const bob: Content = { tag: 'bob', files: { Kptfile: 'of bob', 'bob.yaml': 'b' } };

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  await dataSource.manager.insert(PackageRevision, [{ id: 1 }, { id: 2 }]);
  for (const id of [1, 2]) await push(dataSource, id, { tag: 'first', files: { Kptfile: '' } });

  // Bob pushes all of his files when Ann has deleted the old ones.
  await pushByStatements(dataSource, 1, ann, {
    beforeFile: async (index) => index === 0 && pushByStatements(dataSource, 1, bob),
  });
  const naive = await describe(dataSource, 1);
  print(`naively the package of ${naive}`);
  assert.deepEqual(await findBrokenRevisions(dataSource), [1]);

  const bobsTurn = once(() => outsideUnitOfWork(() => push(dataSource, 2, bob)));
  await push(dataSource, 2, ann, { think: bobsTurn });
  const united = await describe(dataSource, 2);
  print(`in units the package of ${united}`);

  const refusal = await refusalOfSlowRender(dataSource);
  print(`a render that was overtaken is refused: ${refusal.conflicts[0]?.operation} found a rival`);
  const again = await renderUntilStored(dataSource, 2, renderer, { mostRenders: 5 });
  const rendered = await describe(dataSource, 2);
  print(`rendered again, from ${again.replaced}: the package of ${rendered}`);

  assert.deepEqual(await findBrokenRevisions(dataSource), [1]);
  assert.equal(naive, 'ann has Kptfile of ann, ann.yaml of ann, bob.yaml of bob');
  assert.equal(united, 'ann has Kptfile of ann, ann.yaml of ann');
  assert.equal(rendered, 'rendered bob has Kptfile of rendered bob, bob.yaml of rendered bob');
}

const renderer: Renderer = async ({ tag, files }) => ({ tag: `rendered ${tag}`, files });

/** Bob pushes while the files of Ann are rendered. */
async function refusalOfSlowRender(dataSource: DataSource): Promise<ConcurrencyError> {
  const slow: Renderer = async (read) => {
    await push(dataSource, 2, bob);
    return renderer(read);
  };
  const error: unknown = await render(dataSource, 2, slow).catch((thrown: unknown) => thrown);
  if (!ConcurrencyError.is(error)) throw new Error('the render was stored', { cause: error });
  assert.equal(error.replayable, false);
  return error;
}

async function describe({ manager }: DataSource, id: number): Promise<string> {
  const { contentTag } = await manager.findOneByOrFail(PackageRevision, { id });
  const resources = await manager.find(Resource, {
    where: { revisionId: id },
    order: { resourceKey: 'ASC' },
  });
  const files = resources.map(({ resourceKey, writerTag }) => `${resourceKey} of ${writerTag}`);
  // Databases sort capital letters differently.
  return `${contentTag} has ${files.toSorted().join(', ')}`;
}

/** A replay thinks again, but nobody is faster this time. */
function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let done: Promise<unknown> | undefined;
  return () => (done ??= work());
}
