import { findBrokenRevisions } from '../../../../examples/porch/broken-revisions';
import { changeLifecycle } from '../../../../examples/porch/change-lifecycle';
import {
  changeLifecycleStoringFiles,
  changeLifecycleWritingAll,
  pushInTransaction,
} from '../../../../examples/porch/naive-operations';
import { push } from '../../../../examples/porch/push';
import type { TestDatabase } from '../../../setup/on-each-database';
import { onEachIsolation, type TestedIsolation } from '../../../setup/on-each-isolation';
import { hasOldSnapshot, outcomeOf, readsLock, refusesNewerRows } from '../../../support/rivals';
import { bobs, first, id, onEachPackage, stored } from './packages';
import { Rival } from './rival';

const ofBob = { tag: 'bob', files: { Kptfile: 'bob', zebra: 'bob' } };

onEachPackage('a change of the lifecycle', (database) => {
  it('deletes all files naively, because none was loaded', async () => {
    await changeLifecycleStoringFiles(database.source, id, 'Proposed');

    expect(await stored(database)).toMatchObject({ lifecycle: 'Proposed', files: {} });
    expect(await findBrokenRevisions(database.source)).toEqual([id]);
  });

  it('does not touch files in a unit of work', async () => {
    const statements = await database.recordStatements(() =>
      changeLifecycle(database.source, id, 'Proposed'),
    );

    expect(statements.filter((sql) => sql.includes('resources'))).toEqual([]);
    expect(await stored(database)).toEqual({
      tag: 'first',
      lifecycle: 'Proposed',
      rowVersion: 2,
      files: { Kptfile: 'first', old: 'first' },
    });
  });

  onEachIsolation((isolation) => {
    const changeNaively = async () => {
      const bob = new Rival(database, () =>
        pushInTransaction(database.source, id, bobs, { isolation }),
      );
      const change = changeLifecycleWritingAll(database.source, id, 'Proposed', {
        isolation,
        think: bob.act,
      });
      return [await outcomeOf(change), await bob.outcome()];
    };

    const refusal = refusalOf(database, isolation);
    if (refusal === undefined) {
      it('takes back naively what a push has written to other columns', async () => {
        const outcomes = await changeNaively();

        expect(outcomes).toEqual([
          { attempts: 1, hasChanged: true },
          { attempts: 1, replaced: 'first' },
        ]);
        expect(await stored(database)).toMatchObject({
          tag: 'first',
          lifecycle: 'Proposed',
          files: ofBob.files,
        });
        expect(await findBrokenRevisions(database.source)).toEqual([id]);
      });
    } else {
      it(`or the push beside it is refused naively with ${refusal}`, async () => {
        const outcomes = await changeNaively();

        expect(outcomes).toContainEqual({ error: refusal });
        expect(outcomes).toContainEqual(expect.objectContaining({ attempts: 1 }));
        expect(await findBrokenRevisions(database.source)).toEqual([]);
      });
    }

    it('and a push are both stored in units of work', async () => {
      const bob = new Rival(database, () => push(database.source, id, bobs, { isolation }));

      await changeLifecycle(database.source, id, 'Proposed', { isolation, think: bob.act });

      expect(await bob.outcome()).toMatchObject({ replaced: first.tag });
      expect(await stored(database)).toEqual({ ...ofBob, lifecycle: 'Proposed', rowVersion: 3 });
    });
  });
});

/** With which code the database refuses one of two transactions that write the package. */
function refusalOf(database: TestDatabase, isolation: TestedIsolation): string | undefined {
  if (database.engine === 'postgres') return hasOldSnapshot(isolation) ? '40001' : undefined;
  if (readsLock(database, isolation)) return '1213';
  return refusesNewerRows(database, isolation) ? '1020' : undefined;
}
