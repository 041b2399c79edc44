import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import {
  ConcurrencyError,
  noReplay,
  RowVersion,
  unitOfWork,
  Unversioned,
  UsageError,
  type UnitOfWork,
} from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

class Price {
  @Column({ type: 'int', nullable: true })
  total: number | null;
}

@Entity()
class Basket {
  @PrimaryGeneratedColumn()
  id: number;

  @Unversioned()
  @Column({ type: 'int', default: 0 })
  total: number;

  @Column(() => Price)
  price: Price;

  @RowVersion()
  version: number;
}

@Entity()
class Bond {
  @PrimaryColumn({ type: 'decimal', precision: 30, scale: 0 })
  number: string;

  @Column({ type: 'int' })
  amount: number;

  @Column({ type: 'varchar', length: 30, nullable: true })
  label: string | number | null;

  @RowVersion()
  version: number;
}

@Entity()
class Exact {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'text', nullable: true })
  text: string | null;

  @Column({ type: 'bigint', nullable: true })
  long: string | null;

  @Column({ type: 'decimal', precision: 40, scale: 10, nullable: true })
  sum: string | null;

  @RowVersion()
  version: number;
}

@Entity()
class Person {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 30 })
  name: string;

  @ManyToOne(() => Person, { nullable: true })
  @JoinColumn({ name: 'parent_id' })
  parent?: Relation<Person> | null;

  @Column({ name: 'friend_id', type: 'int', nullable: true })
  friendId: number | null;

  @ManyToOne(() => Person, { nullable: true })
  @JoinColumn({ name: 'friend_id' })
  friend?: Relation<Person> | null;

  @RowVersion()
  version: number;
}

/** A second class of the table of Person. */
@Entity({ name: 'person', synchronize: false })
class PersonName {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 30 })
  name: string;

  @RowVersion()
  version: number;
}

@Entity()
class Label {
  @PrimaryColumn({ type: 'varchar', length: 30 })
  text: string;

  @RowVersion()
  version: number;
}

// TypeORM's own schema builder cannot make such a table.
@Entity({ name: "it's; DROP TABLE label; --", synchronize: false })
class Hostile {
  @PrimaryColumn({ type: 'varchar', length: 60, name: "key' OR '1'='1" })
  key: string;

  @Column({ type: 'varchar', length: 60, name: 'value -- /*' })
  value: string;

  @RowVersion({ name: 'SELECT version()' })
  version: number;
}

onEachDatabase('mapping', [Basket, Bond, Exact, Person, PersonName, Label, Hostile], (database) => {
  const run = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const person = (name: string, more: Partial<Person> = {}) =>
    Object.assign(new Person(), { name, ...more });
  const stored = async (id: number) => {
    const [row] = await database.sql(
      'SELECT name, friend_id, parent_id FROM person WHERE id = $1',
      [id],
    );
    return row;
  };

  it('checks an embedded column whose name is that of an unversioned one', async () => {
    const basket = Object.assign(new Basket(), { price: Object.assign(new Price(), { total: 1 }) });
    await run(async (uow) => uow.add(basket));

    const error = await rejectionOf(
      run(async (uow) => {
        const loaded = await uow.findOneByOrFail(Basket, { id: basket.id });
        await database.sql('UPDATE basket SET row_version = 2 WHERE id = $1', [basket.id]);
        loaded.price.total = 11;
      }),
    );

    expect(ConcurrencyError.is(error)).toBe(true);
  });

  it.each(['expectVersion', 'assertUnchanged'] as const)(
    'keeps %s when only unversioned columns are written',
    async (check) => {
      const basket = new Basket();
      await run(async (uow) => uow.add(basket));

      const error = await rejectionOf(
        run(async (uow) => {
          const loaded = await uow.findOneByOrFail(Basket, { id: basket.id });
          if (check === 'expectVersion') uow.expectVersion(loaded, 1);
          else uow.assertUnchanged(loaded);
          await database.sql('UPDATE basket SET row_version = 2 WHERE id = $1', [basket.id]);
          loaded.total = 5;
        }),
      );

      expect(error).toMatchObject({ conflicts: [{ expectedVersion: 1, actualVersion: 2 }] });
      expect(await database.sql('SELECT total FROM basket WHERE id = $1', [basket.id])).toEqual([
        { total: 0 },
      ]);
    },
  );

  it('takes away the embedded object that a lost INSERT has made', async () => {
    const basket = new Basket();

    await rejectionOf(
      run(async (uow) => {
        uow.add(basket);
        await uow.flush();
        throw new Error('rolled back');
      }),
    );

    expect(Object.keys(basket)).toEqual([]);
  });

  it('tells decimal keys apart that a double does not', async () => {
    const numbers = ['0', '1', '2'].map((last) => `12345678901234567890${last}`);
    const bonds = numbers.map((number, i) => Object.assign(new Bond(), { number, amount: i }));
    await run(async (uow) => uow.add(bonds));

    await run(async (uow) => {
      for (const bond of await uow.find(Bond)) bond.amount += 100;
    });

    const rows = await database.sql('SELECT amount FROM bond ORDER BY number');
    expect(rows.map((row) => row['amount'])).toEqual([100, 101, 102]);
    await database.sql('DELETE FROM bond');
  });

  it('stores the values of one batch as they are, whatever characters and digits they have', async () => {
    const texts = [
      '',
      ' both ends ',
      'null',
      '[1]',
      '{"a":1}',
      "it's",
      '"',
      '\\',
      '\\u0041',
      '%_',
      '\u2028',
      'line\nnext\ttab\r',
      '\u0001\u001f\u007f',
      'é漢😀',
      'x'.repeat(60_000),
    ];
    const numbers = ['9223372036854775807', '-9223372036854775808', '123456789012345678', '0'];
    const sums = ['12345678901234567890.1234567890', '-0.1000000000', '0.0000000001'];
    const exact = texts.map((text, i) => ({
      id: i + 1,
      text,
      long: i < 8 ? numbers[i % 4]! : null,
      sum: i < 8 ? sums[i % 3]! : null,
    }));
    const made = exact.map(({ id }) => Object.assign(new Exact(), { id, text: 'x', long: '1' }));
    await run(async (uow) => uow.add(made));

    await run(async (uow) => {
      for (const one of await uow.find(Exact)) Object.assign(one, exact[one.id - 1]);
    });

    const read = await database.source.manager.find(Exact, { order: { id: 'ASC' } });
    expect(read).toMatchObject(exact);
    await run(async (uow) => uow.remove(await uow.find(Exact)));
    expect(await database.source.manager.count(Exact)).toBe(0);
  });

  it('stores numbers in a column of text one by one', async () => {
    const bonds = [1, 2].map((n) => Object.assign(new Bond(), { number: String(n), amount: n }));
    await run(async (uow) => uow.add(bonds));

    await run(async (uow) => {
      const [first, second] = await uow.find(Bond, { order: { amount: 'ASC' } });
      first!.label = 1.5;
      second!.label = 2.25;
    });

    const rows = await database.sql('SELECT label FROM bond ORDER BY amount');
    expect(rows).toEqual([{ label: '1.5' }, { label: '2.25' }]);
    await database.sql('DELETE FROM bond');
  });

  it('refuses a list in a column of one value instead of spilling it into other rows', async () => {
    const baskets = [new Basket(), new Basket()];
    await run(async (uow) => uow.add(baskets));

    const error = await rejectionOf(
      run(async (uow) => {
        for (const { id } of baskets) {
          const basket = await uow.findOneByOrFail(Basket, { id });
          uow.assign(basket, { total: [1, 999] }, { only: ['total'] });
        }
      }),
    );

    expect(error).toBeInstanceOf(UsageError);
  });

  it('inserts and deletes rows of a table that refers to itself, linked or not', async () => {
    const [root, other] = [person('root'), person('other')];
    const child = person('child', { parent: root });

    await run(async (uow) => uow.add([child, root, other]));
    await run(async (uow) => {
      const ids = [root.id, other.id, child.id];
      uow.remove(await Promise.all(ids.map((id) => uow.findOneByOrFail(Person, { id }))));
    });

    expect(await database.sql('SELECT id FROM person')).toEqual([]);
  });

  describe('a foreign key with a property beside its relation', () => {
    const befriended = async () => {
      const [ann, bob, eve] = [person('ann'), person('bob'), person('eve')];
      bob.friend = ann;
      await run(async (uow) => uow.add([ann, bob, eve]));
      return { ann, bob, eve };
    };
    const load = (uow: UnitOfWork, { id }: Person) =>
      uow.findOneOrFail(Person, { where: { id }, relations: { friend: true } });

    it('is filled in when a row is inserted by its relation', async () => {
      const { ann, bob } = await befriended();

      expect(bob.friendId).toBe(ann.id);
    });

    it('is written when the relation is set to null', async () => {
      const { bob } = await befriended();

      const loaded = await run(async (uow) => {
        const found = await load(uow, bob);
        found.friend = null;
        return found;
      });

      expect(loaded.friendId).toBeNull();
      expect(await stored(bob.id)).toMatchObject({ friend_id: null });
    });

    it('is written when the property is assigned, and the relation counts as not loaded', async () => {
      const { bob, eve } = await befriended();

      const loaded = await run(async (uow) => {
        const found = await load(uow, bob);
        found.friendId = eve.id;
        await uow.flush();
        found.name = 'robert';
        return found;
      });

      expect(loaded.friend).toBeUndefined();
      expect(await stored(bob.id)).toMatchObject({ friend_id: eve.id, name: 'robert' });
    });

    it('is refused when the two were assigned differently', async () => {
      const { ann, bob, eve } = await befriended();

      const error = await rejectionOf(
        run(async (uow) => {
          const found = await load(uow, bob);
          found.friend = await uow.findOneByOrFail(Person, { id: eve.id });
          found.friendId = null;
        }),
      );

      expect(error).toBeInstanceOf(UsageError);
      expect(await stored(bob.id)).toMatchObject({ friend_id: ann.id });
    });
  });

  it('hands out an instance of the class asked for, of two classes of one table', async () => {
    const ann = person('ann');
    await run(async (uow) => uow.add(ann));

    await run(async (uow) => {
      const name = await uow.findOneByOrFail(PersonName, { id: ann.id });
      const whole = await uow.findOneByOrFail(Person, { id: ann.id });
      expect(name).toBeInstanceOf(PersonName);
      expect(whole).toBeInstanceOf(Person);
      whole.friendId = ann.id;
    });

    expect(await stored(ann.id)).toMatchObject({ friend_id: ann.id });
  });

  it('checks the second of two classes of one table by the version that was read first', async () => {
    const ann = person('ann');
    await run(async (uow) => uow.add(ann));

    const error = await rejectionOf(
      run(async (uow) => {
        const name = await uow.findOneByOrFail(PersonName, { id: ann.id });
        await database.sql(`UPDATE person SET name = 'rival', row_version = 2 WHERE id = $1`, [
          ann.id,
        ]);
        const whole = await uow.findOneByOrFail(Person, { id: ann.id });
        whole.name = `${name.name} again`;
      }),
    );

    expect(error).toMatchObject({ conflicts: [{ expectedVersion: 1, actualVersion: 2 }] });
    expect(await stored(ann.id)).toMatchObject({ name: 'rival' });
  });

  it('replaces a key by one that differs in letter case', async () => {
    await run(async (uow) => uow.add(Object.assign(new Label(), { text: 'abc' })));

    await run(async (uow) => {
      uow.remove(await uow.findOneByOrFail(Label, { text: 'abc' }));
      uow.add(Object.assign(new Label(), { text: 'ABC' }));
    });

    expect(await database.sql('SELECT text FROM label')).toEqual([{ text: 'ABC' }]);
  });

  it('does not write what belongs to a row of another letter case', async () => {
    await run(async (uow) => uow.add(Object.assign(new Label(), { text: 'key' })));
    const typed = Object.assign(new Label(), { text: 'KEY', version: 1 });

    const error = await rejectionOf(run(async (uow) => uow.remove(uow.attach(typed))));

    expect(error).toMatchObject({ conflicts: [{ key: ['KEY'], actualVersion: null }] });
    expect(await database.sql(`SELECT text FROM label WHERE text = 'key'`)).toHaveLength(1);
  });

  beforeAll(async () => {
    const quote = (name: string) => (database.engine === 'postgres' ? `"${name}"` : `\`${name}\``);
    const text = 'VARCHAR(60) NOT NULL';
    await database.sql(
      `CREATE TABLE ${quote("it's; DROP TABLE label; --")} (${quote("key' OR '1'='1")} ${text} PRIMARY KEY, ` +
        `${quote('value -- /*')} ${text}, ${quote('SELECT version()')} INT NOT NULL DEFAULT 1)`,
    );
  });

  it.each([
    "'; DROP TABLE label; --",
    '__proto__',
    'constructor',
    '\\',
    '%',
    '`"${1}',
    'Ä\u{1f600}',
  ])('writes and checks the row of key %p in a table of hostile names', async (key) => {
    await run(async (uow) => uow.add(Object.assign(new Hostile(), { key, value: key })));
    await run(async (uow) => {
      (await uow.findOneByOrFail(Hostile, { key })).value += key;
    });
    const stale = await database.source.getRepository(Hostile).findOneByOrFail({ key });
    await run(async (uow) => uow.forceIncrement(await uow.findOneByOrFail(Hostile, { key })));

    const error = await rejectionOf(run(async (uow) => uow.remove(uow.attach(stale))));

    expect(stale).toMatchObject({ value: key + key, version: 2 });
    expect(error).toMatchObject({
      conflicts: [{ key: [key], expectedVersion: 2, actualVersion: 3 }],
    });
  });
});
