import { chooseVariants, type Variant } from './database/matrix';
import { openTestDatabase, type Entities } from './database/test-database';
import type { OpenedDatabase, TestDatabase } from './database/test-database';

export type { TestDatabase } from './database/test-database';

// The first test that asks may wait for an installation.
const openTimeoutMs = 300_000;

/**
 * Defines the same tests for every database of the matrix, each with a fresh database of its own.
 *
 * The database exists from `beforeAll` to `afterAll`: only tests and hooks may use it. `DATABASES`
 * (postgres, mariadb, mysql) limits the matrix.
 *
 * @param isMeant Leaves databases out that have nothing to tell.
 */
export function onEachDatabase(
  title: string,
  entities: Entities,
  define: (database: TestDatabase) => void,
  isMeant: (variant: Variant) => boolean = () => true,
): void {
  for (const variant of chooseVariants().filter(isMeant)) {
    describe(`${variant.name}: ${title}`, () => {
      let opened: OpenedDatabase | undefined;
      beforeAll(async () => {
        opened = await openTestDatabase(variant, entities);
      }, openTimeoutMs);
      afterAll(() => opened?.close(), openTimeoutMs);

      define(facadeOf(variant, () => opened));
    });
  }
}

/** Can be handed out before the database is open. */
function facadeOf(variant: Variant, find: () => OpenedDatabase | undefined): TestDatabase {
  const opened = () => {
    const database = find();
    if (database) return database;
    throw new Error(`the database ${variant.name} is open only inside tests and hooks`);
  };
  return {
    name: variant.name,
    engine: variant.engine,
    get server() {
      return opened().server;
    },
    get source() {
      return opened().source;
    },
    get options() {
      return opened().options;
    },
    openSource: (overrides) => opened().openSource(overrides),
    sql: (text, parameters) => opened().sql(text, parameters),
    recordStatements: (work) => opened().recordStatements(work),
  };
}
