import { QueryFailedError, type DataSource, type Logger } from 'typeorm';

import {
  ConcurrencyError,
  noReplay,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Book } from '../fixtures/shop';
import { onEachDatabase } from '../setup/on-each-database';
import { kinds, managerMethods, type Kind, type ManagerMethod } from '../support/manager-methods';

/** Every cell of the README's table of TypeORM's methods. */
onEachDatabase('a method of the manager', [Book], (database) => {
  const statements: string[] = [];
  const logger = {
    logQuery: (sql: string) => statements.push(sql),
    logQueryError: () => undefined,
    logQuerySlow: () => undefined,
    logSchemaBuild: () => undefined,
    logMigration: () => undefined,
    log: () => undefined,
  } as unknown as Logger;
  let source: DataSource;
  let number = 0;

  beforeAll(async () => {
    source = await database.openSource({ logger });
    // What is asked of a server once is asked here.
    await unitOfWork(source, async (uow) => {
      uow.add(newBook());
      await uow.flush();
      (await uow.find(Book)).forEach((book) => book.stock++);
    });
  });

  const newBook = () => Object.assign(new Book(), { isbn: `isbn-${number++}`, title: 'Emma' });

  async function entityOf(uow: UnitOfWork, kind: Kind, { id, isbn }: Book): Promise<Partial<Book>> {
    if (kind === 'loaded in the unit') return uow.findOneByOrFail(Book, { id });
    if (kind === 'loaded elsewhere') return source.getRepository(Book).findOneByOrFail({ id });
    return kind === 'new' ? newBook() : { id, isbn, title: 'Emma' };
  }

  /** Runs one cell, with a rival or without, and says what it did as the table does. */
  async function observe(method: ManagerMethod, kind: Kind, hasRival: boolean): Promise<string> {
    const book = newBook();
    await unitOfWork(source, async (uow) => uow.add(book));
    const run = async (uow: UnitOfWork) => {
      const entity = await entityOf(uow, kind, book);
      if (kind === 'new' && method.isBySet) uow.add(entity);
      if (hasRival) await database.sql(rival, [book.isbn]);
      statements.length = 0;
      await method.act(uow.manager, { entity, isbn: entity.isbn! });
      if (kind === 'new') expect(entity).toMatchObject({ id: expect.any(Number), version: 1 });
      return sent(statements);
    };
    return unitOfWork(source, run, { retry: noReplay }).catch(nameOf);
  }

  const rival =
    'UPDATE book SET stock = stock + 100, row_version = row_version + 1 WHERE isbn = $1';

  const cells = managerMethods.flatMap((method) => kinds.map((kind) => [method, kind] as const));

  it.each(
    cells.map(([method, kind]) => [method.name, kind, method.outcomes[kind], method] as const),
  )('%s of what is %s is: %s', async (_, kind, expected, method) => {
    const isChecked = expected.endsWith(', checked');

    const alone = await observe(method, kind, false);
    const raced = kind === 'new' ? alone : await observe(method, kind, true);

    expect(alone).toBe(expected.replace(', checked', ''));
    expect(raced).toBe(isChecked ? 'ConcurrencyError' : alone);
  });
});

/** What was written, and what was read before it without a lock. */
function sent(statements: readonly string[]): string {
  const verbs: string[] = [];
  for (const statement of statements) {
    const bare = statement.replace(/FOR (?:NO KEY )?UPDATE|KEY UPDATE/g, 'LOCK');
    const written = /\b(?:INSERT|UPDATE|DELETE)\b/.exec(bare)?.[0];
    const isRead = !written && verbs.length === 0 && /^SELECT (?!.*LOCK)/s.test(bare);
    const verb = written ?? (isRead ? 'SELECT' : undefined);
    if (verb && verbs.at(-1) !== verb) verbs.push(verb);
  }
  return verbs.join(', ');
}

function nameOf(error: unknown): string {
  if (error instanceof ConcurrencyError) return 'ConcurrencyError';
  if (error instanceof UsageError) return 'UsageError';
  if (error instanceof QueryFailedError && /duplicate/i.test(error.message)) return 'duplicate key';
  throw error;
}
