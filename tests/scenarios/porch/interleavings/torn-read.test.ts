import { readNaively } from '../../../../examples/porch/naive-operations';
import { push } from '../../../../examples/porch/push';
import { readContent } from '../../../../examples/porch/read-content';
import { onEachIsolation } from '../../../setup/on-each-isolation';
import { killSession, sessionId } from '../../../support/sessions';
import { hasOldSnapshot, readsLock } from '../../../support/rivals';
import { bobs, first, id, onEachPackage } from './packages';
import { Rival } from './rival';

onEachPackage('a read of a package during which somebody pushes', (database) => {
  onEachIsolation((isolation) => {
    if (hasOldSnapshot(isolation)) {
      it('sees the old content naively, because its transaction has one snapshot', async () => {
        const bob = new Rival(database, () => push(database.source, id, bobs));

        const read = await readNaively(database.source, id, { isolation, think: bob.act });

        expect(await bob.outcome()).toMatchObject({ replaced: 'first' });
        expect(read).toMatchObject(first);
      });
    } else {
      it('sees the old package with the new files naively', async () => {
        const bob = new Rival(database, () => push(database.source, id, bobs));

        const read = await readNaively(database.source, id, { isolation, think: bob.act });

        expect(read).toEqual({ tag: 'first', rowVersion: 1, files: bobs.files });
      });
    }

    it('sees package and files of one moment in a unit of work', async () => {
      const bob = new Rival(database, () => push(database.source, id, bobs));

      const read = await readContent(database.source, id, { isolation, think: bob.act });

      expect(await bob.outcome()).toMatchObject({ replaced: 'first' });
      // Where reads lock the push has to wait for the read.
      if (readsLock(database, isolation)) expect(read).toEqual({ ...first, rowVersion: 1 });
      else expect(read).toEqual({ ...bobs, rowVersion: 2 });
    });

    it('sees them also if its connection is killed between the two', async () => {
      const sessions: number[] = [];
      const bob = new Rival(database, () => push(database.source, id, bobs));

      const read = await readContent(database.source, id, {
        isolation,
        think: async (manager) => {
          const session = await sessionId(database, manager);
          sessions.push(session);
          if (sessions.length > 1) return;
          await killSession(database, session);
          await bob.act();
        },
      });

      expect(new Set(sessions).size).toBe(2);
      expect(read).toEqual({ ...bobs, rowVersion: 2 });
    });
  });
});
