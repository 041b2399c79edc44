import { relisted, unlisted } from '../../../../examples/nuget/edits';
import { unitOfWork } from '../../../../lib/index';
import { onEachDatabase, type TestDatabase } from '../../../setup/on-each-database';
import { outcomeOf } from '../../../support/rivals';
import { generatedColumn, partialIndex, type GuardedEntities } from './guarded-entities';
import { describeVersion, readDescription } from './registry';

/** Both directions, because a statement that writes several rows has an order of its own. */
const moves = [
  { id: 1, way: 'up', to: 2, edit: relisted(2), before: ['1 listed latest', '2'] },
  { id: 2, way: 'down', to: 1, edit: unlisted(2), before: ['1 listed', '2 listed latest'] },
] as const;

const moved = { 1: ['1 listed', '2 listed latest'], 2: ['1 listed latest', '2'] };

function describeBackstop(database: TestDatabase, entities: GuardedEntities): void {
  const { Registration, Package } = entities;
  const duplicate = { error: database.engine === 'postgres' ? '23505' : '1062' };

  beforeEach(async () => {
    const { manager } = database.source;
    for (const entity of [Package, Registration])
      await manager.createQueryBuilder().delete().from(entity).execute();
    for (const { id, before } of moves) {
      const rows = before.map(readDescription);
      await manager.insert(Registration, { id });
      await manager.insert(
        Package,
        rows.map((row) => ({ registrationId: id, ...row })),
      );
    }
  });

  it.each(moves)('refuses a flag that is set before it is cleared, moving $way', async (move) => {
    const target = { registrationId: move.id, versionSort: move.to };

    const set = database.source.manager.update(Package, target, { isLatest: true });

    expect(await outcomeOf(set)).toEqual(duplicate);
  });

  it('refuses one statement that sets the flag in one row before it clears it in the next', async () => {
    const both = 'UPDATE packages SET is_latest = (version_sort = 1) WHERE registration_id = 2';

    expect(await outcomeOf(database.source.query(both))).toEqual(duplicate);
  });

  it('lets a unit of work move flags up and down', async () => {
    await unitOfWork(
      database.source,
      async (uow) => {
        const found = await uow.find(Registration, { relations: { packages: true } });
        for (const { edit, id } of moves) {
          edit(found.find((one) => one.id === id)?.packages ?? [], refuseToMake);
        }
      },
      { retry: { maxAttempts: 1 } },
    );

    expect(await stored(database, entities)).toEqual(moved);
  });
}

for (const [title, entities, databases] of [
  ['a partial index', partialIndex(), ['postgres']],
  // Not the driver of MySQL on MariaDB: TypeORM writes NULL behind the expression there, which is
  // MySQL's grammar and not MariaDB's.
  [
    'a generated column',
    generatedColumn(),
    ['postgres', 'mariadb', 'mariadb snapshot-isolation', 'mysql'],
  ],
] as const) {
  onEachDatabase(
    `${title} that allows one latest version`,
    [entities.Registration, entities.Package],
    (database) => describeBackstop(database, entities),
    ({ name }) => databases.some((one) => one === name),
  );
}

async function stored({ source }: TestDatabase, { Package }: GuardedEntities) {
  const rows = await source.manager.find(Package, { order: { versionSort: 'ASC' } });
  const versionsOf = (id: number) =>
    rows.filter(({ registrationId }) => registrationId === id).map(describeVersion);
  return { 1: versionsOf(1), 2: versionsOf(2) };
}

function refuseToMake(): never {
  throw new Error('neither edit adds a version');
}
