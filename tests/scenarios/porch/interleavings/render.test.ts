import { findBrokenRevisions } from '../../../../examples/porch/broken-revisions';
import type { ReadContent, Renderer } from '../../../../examples/porch/content';
import { renderNaively } from '../../../../examples/porch/naive-operations';
import { push } from '../../../../examples/porch/push';
import { readContent } from '../../../../examples/porch/read-content';
import { render, renderUntilStored, storeRendered } from '../../../../examples/porch/render';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { rejectionOf } from '../../../support/accounts';
import { bobs, contentOf, id, onEachPackage, stored } from './packages';
import { readsLock } from '../../../support/rivals';
import { Rival } from './rival';

/** Renders in no time. */
const renderer: Renderer = async ({ tag, files }) =>
  contentOf(`rendered ${tag}`, ...Object.keys(files));

const ofBob = { tag: 'bob', files: { Kptfile: 'bob', zebra: 'bob' } };

onEachPackage('a render during which somebody pushes', (database) => {
  /** While each of the first renders computes, Bob pushes something new. */
  const overtaken = (times: number) => {
    const inputs: (string | null)[] = [];
    const overtakenRenderer = async (read: ReadContent) => {
      const pushes = inputs.push(read.tag);
      if (pushes <= times) await push(database.source, id, contentOf(`bob ${pushes}`, 'Kptfile'));
      return renderer(read);
    };
    return { inputs, renderer: overtakenRenderer };
  };

  onEachIsolation((isolation) => {
    it('writes old content back naively, and nobody is told', async () => {
      await renderNaively(database.source, id, overtaken(1).renderer, { isolation });

      expect(await stored(database)).toMatchObject({
        tag: 'rendered first',
        files: { Kptfile: 'rendered first', old: 'rendered first' },
      });
      // What is there is whole, and it is that of somebody who has never seen Bob's.
      expect(await findBrokenRevisions(database.source)).toEqual([]);
    });

    it('is refused as a unit of work, and not replayed with its old result', async () => {
      const { inputs, renderer } = overtaken(1);

      const error = await rejectionOf(render(database.source, id, renderer, { isolation }));

      expect(error).toMatchObject({
        name: 'ConcurrencyError',
        replayable: false,
        attempts: 1,
        conflicts: [{ operation: 'expect-version', expectedVersion: 1, actualVersion: 2 }],
      });
      expect(inputs).toEqual(['first']);
      expect(await stored(database)).toMatchObject({ tag: 'bob 1', rowVersion: 2 });
    });

    it('is refused also if somebody pushes while the result is being stored', async () => {
      const read = await readContent(database.source, id);
      const rendered = await renderer(read);
      const bob = new Rival(database, () => push(database.source, id, bobs, { isolation }));

      const storing = storeRendered(database.source, id, read, rendered, {
        isolation,
        think: bob.act,
      });
      const error = await storing.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );

      expect(await bob.outcome()).not.toHaveProperty('error');
      // Where reads lock the server chooses who is first, but Bob has seen the result then.
      if (error === undefined) expect(readsLock(database, isolation)).toBe(true);
      else expect(error).toMatchObject({ name: 'ConcurrencyError', replayable: false });
      expect(await stored(database)).toMatchObject(ofBob);
    });
  });

  it('is stored by a caller that renders again from fresh input', async () => {
    const { inputs, renderer } = overtaken(2);

    const done = await renderUntilStored(database.source, id, renderer, { mostRenders: 3 });

    expect(done).toEqual({ attempts: 1, renders: 3, replaced: 'bob 2' });
    expect(inputs).toEqual(['first', 'bob 1', 'bob 2']);
    expect(await stored(database)).toMatchObject({
      tag: 'rendered bob 2',
      files: { Kptfile: 'rendered bob 2' },
    });
  });

  it('is given up by a caller that has rendered as often as it wants to', async () => {
    const { inputs, renderer } = overtaken(9);

    const ending = renderUntilStored(database.source, id, renderer, { mostRenders: 2 });

    expect(await rejectionOf(ending)).toMatchObject({ replayable: false });
    expect(inputs).toEqual(['first', 'bob 1']);
  });
});
