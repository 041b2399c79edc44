import { findBrokenRevisions } from '../../../../examples/porch/broken-revisions';
import { pushByStatements, pushInTransaction } from '../../../../examples/porch/naive-operations';
import { push } from '../../../../examples/porch/push';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { Barrier } from '../../../support/barrier';
import { hasOldSnapshot, outcomeOf } from '../../../support/rivals';
import { anns, bobs, contentOf, id, onEachPackage, stored } from './packages';
import { Rival } from './rival';

const done = { attempts: 1, replaced: 'first' };

onEachPackage('two people push all files of one package', (database) => {
  // No isolation level helps: each statement is a transaction of its own.
  it('leave a mixture if every statement commits by itself', async () => {
    const bob = new Rival(database, () => pushByStatements(database.source, id, bobs));
    const ann = await pushByStatements(database.source, id, anns, { beforeFile: bob.act });

    expect([ann, await bob.outcome()]).toEqual([done, done]);
    expect(await stored(database)).toMatchObject({
      tag: 'ann',
      files: { Kptfile: 'ann', apple: 'ann', zebra: 'bob' },
    });
    expect(await findBrokenRevisions(database.source)).toEqual([id]);
  });

  onEachIsolation((isolation) => {
    const pushBoth = async () => {
      const options = { isolation };
      const bob = new Rival(database, () => pushInTransaction(database.source, id, bobs, options));
      const ann = await outcomeOf(
        pushInTransaction(database.source, id, anns, { ...options, beforeFile: bob.act }),
      );
      return [ann, await bob.outcome()];
    };

    const refusal = refusalOf(database, isolation);
    if (refusal === undefined) {
      it('leave the union of both if each is a transaction', async () => {
        const outcomes = await pushBoth();

        expect(outcomes).toEqual([done, done]);
        expect(await stored(database)).toMatchObject({
          tag: 'bob',
          files: { Kptfile: 'bob', apple: 'ann', zebra: 'bob' },
        });
        expect(await findBrokenRevisions(database.source)).toEqual([id]);
      });
    } else {
      it(`meet ${refusal.source} if each is a transaction`, async () => {
        const outcomes = await pushBoth();

        expect(outcomes).toContainEqual({ error: expect.stringMatching(refusal) });
        expect(outcomes).toContainEqual(done);
        expect(await findBrokenRevisions(database.source)).toEqual([]);
      });
    }

    it('leave the files of one in units of work', async () => {
      const bob = new Rival(database, () => push(database.source, id, bobs, { isolation }));
      const ann = await push(database.source, id, anns, { isolation, think: bob.act });

      const replaced = [ann.replaced, await bob.outcome()];
      // Whoever was second has seen what the first has written.
      const last = ann.replaced === 'bob' ? anns : bobs;
      expect(replaced).toEqual(
        last === anns
          ? ['bob', expect.objectContaining({ replaced: 'first' })]
          : ['first', expect.objectContaining({ replaced: 'ann' })],
      );
      expect(await stored(database)).toMatchObject({ ...last, rowVersion: 3 });
      expect(await findBrokenRevisions(database.source)).toEqual([]);
    });
  });
});

/** With which code the database refuses one of two transactions that delete and insert. */
function refusalOf({ engine }: TestDatabase, isolation: TestedIsolation): RegExp | undefined {
  if (!hasOldSnapshot(isolation)) return undefined;
  // Whether the second waits for the first or comes after it, with snapshot isolation.
  return engine === 'postgres' ? /^40001$/ : /^(?:1213|1020)$/;
}

onEachPackage('two people push into a package without files', (database) => {
  beforeEach(() => database.sql('DELETE FROM resources'));

  const up = contentOf('ann', 'Kptfile', 'zebra');
  const down = contentOf('bob', 'zebra', 'Kptfile');
  const deadlock = database.engine === 'postgres' ? '40P01' : '1213';

  onEachIsolation((isolation) => {
    it('deadlock if each is a transaction that writes in the order of its map', async () => {
      const meeting = new Meeting();
      const pushes = [up, down].map((content) =>
        outcomeOf(
          pushInTransaction(database.source, id, content, { isolation, beforeFile: meeting.pass }),
        ).finally(meeting.end),
      );

      expect(await Promise.all(pushes)).toContainEqual({ error: deadlock });
    });

    it('leave the files of one in units of work', async () => {
      const bob = new Rival(database, () => push(database.source, id, down, { isolation }));
      const ann = await push(database.source, id, up, { isolation, think: bob.act });

      const last = ann.replaced === 'bob' ? up : down;
      expect(await bob.outcome()).not.toHaveProperty('error');
      expect(await stored(database)).toMatchObject({ ...last, rowVersion: 3 });
    });
  });
});

/** Lets two pushes store their files in step, until one of them has ended. */
class Meeting {
  readonly #steps: Barrier[] = [];
  // The meeting itself is one of the two that have to come.
  readonly #end = new Barrier(2);
  readonly #ended = this.#end.pass();

  readonly pass = (index: number): Promise<void> => {
    const step = (this.#steps[index] ??= new Barrier(2));
    return Promise.race([step.pass(), this.#ended]);
  };

  readonly end = (): void => void this.#end.pass();
}
