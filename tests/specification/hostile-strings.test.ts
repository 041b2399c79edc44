import * as fc from 'fast-check';
import { Column, Entity, EntitySchema, In, PrimaryColumn } from 'typeorm';
import {
  RowVersion,
  rowVersionColumn,
  unitOfWork,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { Account } from '../fixtures/account';
import { onEachDatabase } from '../setup/on-each-database';
import { insertAccounts, rejectionOf, storedAccount } from '../support/accounts';

@Entity()
class Vault {
  @PrimaryColumn({ type: 'varchar', length: 120 })
  name: string;

  @Column({ type: 'varchar', length: 120, unique: true })
  label: string;

  @Column({ type: 'text' })
  text: string;

  @Column({ type: 'json' })
  document: unknown;

  @RowVersion()
  version: number;
}

/** What ends a literal, a comment or a parameter somewhere, or is a word to somebody. */
const hostile = [
  "'",
  "''",
  '"',
  '`',
  '\\',
  "\\'",
  "'; DROP TABLE vault; --",
  "' OR '1'='1",
  '") OR 1=1 --',
  '%',
  '_',
  '$1',
  '$$',
  '?',
  '??',
  ':name',
  ':...names',
  '@x',
  '${x}',
  '{{x}}',
  '/*',
  '*/',
  '--',
  '#',
  ';',
  '\\N',
  'NULL',
  'undefined',
  '{NULL}',
  '{"a":1}',
  '[1]',
  ',',
  '0x7',
  '007',
  'constructor',
  '__proto__',
  'toSqlString',
  '\n\r\t\b\u001a',
  '\u202e\u2028',
  'e\u0301😀漢',
  'DEFAULT',
  'CURRENT_TIMESTAMP',
];

onEachDatabase('a hostile string', [Account, Vault], (database) => {
  const isPostgres = database.engine === 'postgres';
  beforeEach(() => database.sql('DELETE FROM vault'));

  // A collation may take two of them for one: their number tells keys apart.
  const vaults = (suffix = '') =>
    hostile.map((text, i) =>
      Object.assign(new Vault(), {
        name: `${i} ${text}`,
        label: `${text} ${i}`,
        text: text + suffix,
        document: { [text]: text + suffix, list: [text] },
      }),
    );
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) => unitOfWork(database.source, work);
  const names = () => vaults().map(({ name }) => name);
  const stored = async () => {
    const found = await database.source.manager.find(Vault);
    const order = new Map(names().map((name, i) => [name, i]));
    return found.toSorted((one, other) => order.get(one.name)! - order.get(other.name)!);
  };
  const valuesOf = (all: readonly Vault[]) =>
    all.map(({ name, label, text, document }) => ({ name, label, text, document }));

  it('is a value like any other in a batch: inserted, found, changed and deleted', async () => {
    await run(async (uow) => uow.add(vaults()));
    expect(valuesOf(await stored())).toEqual(valuesOf(vaults()));

    await run(async (uow) => {
      const found = await uow.findBy(Vault, { name: In(names()) });
      const byName = new Map(vaults(' changed').map((vault) => [vault.name, vault]));
      for (const vault of found) {
        const { text, document } = byName.get(vault.name)!;
        Object.assign(vault, { text, document });
      }
    });
    expect(valuesOf(await stored())).toEqual(valuesOf(vaults(' changed')));

    await run(async (uow) => uow.remove(await uow.find(Vault)));
    expect(await stored()).toEqual([]);
  });

  it('is a value like any other one by one, and names a row and no other', async () => {
    for (const vault of vaults()) await run(async (uow) => uow.add(vault));

    for (const { name, label, text, document } of vaults(' changed')) {
      const changed = run(async (uow) => {
        const byKey = await uow.findOneByOrFail(Vault, { name });
        Object.assign(byKey, { text, document });
        return byKey === (await uow.findOneByOrFail(Vault, { label }));
      });
      await expect(changed).resolves.toBe(true);
    }
    expect(valuesOf(await stored())).toEqual(valuesOf(vaults(' changed')));

    for (const name of names()) {
      await run(async (uow) => uow.remove(await uow.findOneByOrFail(Vault, { name })));
    }
    expect(await stored()).toEqual([]);
  });

  it('is a key that findOrCreate() finds and creates', async () => {
    for (const isFirst of [true, false]) {
      for (const { name, label, text } of vaults()) {
        const { created } = await run((uow) =>
          uow.findOrCreate(Vault, { label }, () => ({ name, text, document: {} })),
        );
        expect(created).toBe(isFirst);
      }
    }

    expect((await stored()).map(({ label }) => label)).toEqual(vaults().map(({ label }) => label));
  });

  it('is no property that could be incremented, assigned, or a number', async () => {
    const [id] = await insertAccounts(database, [5]);

    // Digits are an amount, for columns that hold more than a number of JavaScript.
    for (const text of hostile.filter((one) => !/^\d+$/.test(one))) {
      const ways: ((uow: UnitOfWork, account: Account) => unknown)[] = [
        (uow, account) => uow.increment(account, text as 'balance', 1),
        (uow, account) => uow.increment(account, 'balance', text),
        (uow, account) => uow.assign(account, { [text]: 1 }, { only: [text] }),
        (uow, account) => uow.expectVersion(account, text as unknown as number),
      ];
      for (const way of ways) {
        const error = await rejectionOf(
          run(async (uow) => void (await way(uow, await uow.findOneByOrFail(Account, { id })))),
        );
        expect([text, error]).toEqual([text, expect.any(UsageError)]);
      }
    }

    expect(await storedAccount(database, id)).toMatchObject({ balance: 5, version: 1 });
  });

  it('with a character that the database cannot store leaves nothing of the unit behind', async () => {
    const [fine, unstorable] = vaults();
    Object.assign(unstorable!, { text: 'a\u0000b' });

    const written = run(async (uow) => uow.add([fine!, unstorable!]));

    // Everywhere but on PostgreSQL it is a character.
    if (isPostgres) await expect(written).rejects.toThrow('0x00');
    else await expect(written).resolves.toBeUndefined();
    const texts = (await stored()).map(({ text }) => text);
    expect(texts).toEqual(isPostgres ? [] : [fine!.text, 'a\u0000b']);
  });

  it('with half a character is stored as TypeORM stores it', async () => {
    const [half, whole, byTypeOrm] = vaults();
    half!.text = 'a\ud800b';
    byTypeOrm!.text = 'a\ud800b';
    await database.source.manager.save(byTypeOrm!);

    await run(async (uow) => uow.add([half!, whole!]));

    const texts = (await stored()).map(({ text }) => text);
    expect(texts).toEqual(['a\ufffdb', whole!.text, 'a\ufffdb']);
  });

  it('of chance is a value like any other', async () => {
    const pieces = fc.constantFrom(...hostile);
    const anything = fc.oneof(
      fc.array(pieces, { maxLength: 6 }).map((some) => some.join('')),
      // PostgreSQL stores every character but one.
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
    );
    const rounds = fc.asyncProperty(
      fc.array(anything, { minLength: 1, maxLength: 12 }),
      async (texts) => {
        await database.sql('DELETE FROM vault');
        const all = texts.map((text, i) =>
          Object.assign(new Vault(), {
            name: String(i),
            label: String(i),
            text,
            document: { [text]: [text] },
          }),
        );
        await run(async (uow) => uow.add(all));
        const seen = await run((uow) => uow.find(Vault));
        const textsByName = seen.map(({ name, text, document }) => [Number(name), text, document]);
        expect(new Set(textsByName)).toEqual(
          new Set(texts.map((text, i) => [i, text, { [text]: [text] }])),
        );
      },
    );

    await fc.assert(rounds, { numRuns: 60 });
  });
});

class Odd {
  id: number;
  text: string;
  version: number;
}

const oddNames = [
  'semi;colon',
  'a -- b',
  '/* a',
  'dollar$',
  'question?',
  ':name',
  "apo'strophe",
  'double"quote',
  'back`tick',
  'back\\slash',
  '%s',
  '{x}',
  'select',
];

onEachDatabase('a hostile name', [], (database) => {
  const quote = (name: string) =>
    database.engine === 'postgres'
      ? `"${name.replaceAll('"', '""')}"`
      : `\`${name.replaceAll('`', '``')}\``;

  it.each(oddNames)('of a table and its columns is a name like any other: %s', async (name) => {
    const [table, id, version] = [`t ${name}`, `id ${name}`, `v ${name}`] as const;
    await database.sql(
      `CREATE TABLE ${quote(table)} (${quote(id)} INT PRIMARY KEY, ${quote(name)} VARCHAR(20), ` +
        `${quote(version)} INT NOT NULL DEFAULT 1)`,
    );
    const schema = new EntitySchema<Odd>({
      name: 'Odd',
      target: Odd,
      tableName: table,
      columns: {
        id: { type: 'int', primary: true, name: id },
        text: { type: 'varchar', length: 20, name },
        version: { ...rowVersionColumn(), name: version },
      },
    });
    const source = await database.openSource({ entities: [schema] });
    const run = <T>(work: (uow: UnitOfWork) => Promise<T>) => unitOfWork(source, work);
    const find = (uow: UnitOfWork, key: number) => uow.findOneByOrFail(Odd, { id: key });

    await run(async (uow) =>
      uow.add([1, 2, 3].map((key) => Object.assign(new Odd(), { id: key, text: "?'$1" }))),
    );
    await run(async (uow) => {
      for (const key of [1, 2]) (await find(uow, key)).text = '? changed';
    });
    await run(async (uow) => {
      (await find(uow, 3)).text = 'alone ?';
    });
    await run(async (uow) => uow.remove(await find(uow, 1)));

    const rows = await database.sql(`SELECT * FROM ${quote(table)} ORDER BY 1`);
    expect(rows.map((row) => Object.values(row))).toEqual([
      [2, '? changed', 2],
      [3, 'alone ?', 2],
    ]);
  });
});
