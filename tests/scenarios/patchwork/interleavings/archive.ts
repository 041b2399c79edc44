import { Patch, Person, Series, SeriesReference } from '../../../../examples/patchwork/entities';
import type { Mail } from '../../../../examples/patchwork/mail';
import type { Variant } from '../../../setup/database/matrix';
import { onEachDatabase, type TestDatabase } from '../../../setup/on-each-database';
import { patchwork } from '../scenario';

/** Defines tests on every database, each of which finds no mail and nobody. */
export function onEachArchive(
  title: string,
  define: (database: TestDatabase) => void,
  isMeant?: (variant: Variant) => boolean,
): void {
  onEachDatabase(
    title,
    patchwork.entities,
    (database) => {
      beforeEach(async () => {
        const { manager } = database.source;
        // Not deleted: InnoDB keeps what is deleted for a while, and the same key, inserted again, locks
        // its neighbours.
        for (const entity of [Patch, SeriesReference, Person]) await manager.clear(entity);
        await manager.createQueryBuilder().delete().from(Series).execute();
      });

      define(database);
    },
    isMeant,
  );
}

/** A mail of a thread; the first one of each is its cover letter. */
export const mailOf = (thread: string, number: number, sender = 'Ann'): Mail => ({
  projectId: 1,
  msgid: `${thread}-${number}`,
  threadRoot: `${thread}-0`,
  number,
  total: 2,
  subject: `${thread} ${number}/2`,
  senderAddress: `${sender}@example.org`,
  senderName: sender,
});

/** Makes the constraint on addresses tell capital letters from small ones, as PostgreSQL always does. */
export async function compareLetters({ engine, sql }: TestDatabase): Promise<void> {
  if (engine === 'postgres') return;
  await sql('ALTER TABLE people MODIFY email_key VARCHAR(190) COLLATE utf8mb4_bin NOT NULL');
}

/** The rows as another connection sees them. */
export async function stored({ source: { manager } }: TestDatabase) {
  const order = { id: 'ASC' } as const;
  const people = await manager.find(Person, { order });
  const patches = await manager.find(Patch, { order: { msgid: 'ASC' } });
  const mailsOf = (id: number | null) =>
    patches.filter(({ seriesId }) => seriesId === id).map(({ msgid }) => msgid);
  return {
    people: people.map(({ emailKey, name }) => `${name} <${emailKey}>`),
    series: (await manager.find(Series, { order })).map(({ id, name, coverId }) => ({
      name,
      cover: patches.find((patch) => patch.id === coverId)?.msgid ?? null,
      mails: mailsOf(id),
    })),
    withoutSeries: mailsOf(null),
  };
}
