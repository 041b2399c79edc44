import {
  Column,
  DeleteDateColumn,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  QueryFailedError,
} from 'typeorm';

import {
  type ConcurrencyError,
  MappingError,
  PartOf,
  RowVersion,
  unitOfWork,
  UsageError,
  type IsolationLevel,
  type UnitOfWork,
} from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { rejectionOf } from '../support/accounts';
import { Barrier } from '../support/barrier';

@Entity()
class Person {
  @PrimaryGeneratedColumn()
  id: number;

  @Index({ unique: true })
  @Column({ type: 'varchar', length: 60 })
  email: string;

  @Column({ type: 'varchar', length: 60 })
  name: string;

  @Column({ type: 'varchar', length: 60, nullable: true, unique: true })
  nick?: string | null;

  @RowVersion()
  version: number;
}

@Entity()
class Series {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 60 })
  name: string;

  @RowVersion()
  version: number;
}

@Entity()
class Mailbox {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 60, unique: true })
  address: string;

  @DeleteDateColumn()
  deletedAt: Date | null;

  @RowVersion()
  version: number;
}

/** A natural key and nothing that the database makes; a series that it needs; a root. */
@Entity()
class Reference {
  @PrimaryColumn({ type: 'int' })
  project: number;

  @PrimaryColumn({ type: 'varchar', length: 60 })
  msgid: string;

  @PartOf()
  @ManyToOne(() => Series, { nullable: false })
  @JoinColumn({ name: 'series_id' })
  series: Series;
}

/** The race of two constraints is lost by one in some hundred. */
const rounds = 40;

const person = (fields: Partial<Person>) => Object.assign(new Person(), fields);

onEachDatabase('findOrCreate()', [Person, Series, Reference, Mailbox], (database) => {
  let email = '';
  let count = 0;
  beforeEach(() => {
    email = `${++count}@example.org`;
  });

  const run = <T>(
    work: (uow: UnitOfWork) => Promise<T>,
    options: { isolation?: IsolationLevel; retry?: { maxAttempts: number } } = {},
  ) => unitOfWork(database.source, work, options);
  const people = (key = email) => database.source.manager.findBy(Person, { email: key });
  const rivalInserts = (name = 'rival') => database.source.manager.insert(Person, { email, name });
  const ann = () => person({ email, name: 'ann' });

  it('creates what is not there, and finds it afterwards', async () => {
    const first = await run((uow) => uow.findOrCreate(Person, { email }, ann));
    const second = await run((uow) => uow.findOrCreate(Person, { email }, ann));

    expect(first).toMatchObject({ created: true, entity: { email, name: 'ann', version: 1 } });
    expect(first.entity.id).toBeGreaterThan(0);
    expect(second).toEqual({ created: false, entity: first.entity });
  });

  it('finds what the same unit has added, found or created', async () => {
    await run(async (uow) => {
      const added = ann();
      uow.add(added);
      const found = await uow.findOrCreate(Person, { email }, ann);
      const nick = await uow.findOrCreate(Person, { nick: email }, () => ({
        email: 'x',
        name: '',
      }));
      const again = await uow.findOrCreate(Person, { nick: email }, ann);

      expect(found).toEqual({ entity: added, created: false });
      expect(found.entity).toBe(added);
      expect(nick.created).toBe(true);
      expect(again).toEqual({ entity: nick.entity, created: false });
    });

    expect(await people()).toHaveLength(1);
  });

  it('fills in the key that create() left out, and takes a plain object', async () => {
    const { entity } = await run((uow) =>
      uow.findOrCreate(Person, { email }, () => ({ name: 'ann' })),
    );

    expect(entity).toBeInstanceOf(Person);
    expect(entity).toMatchObject({ email, name: 'ann' });
  });

  onEachIsolation((isolation) => {
    const options = isolation ? { isolation } : {};

    it('gives both of two writers the entity of the one that was first', async () => {
      const both = new Barrier(2);
      const find = (name: string) =>
        run(async (uow) => {
          const result = await uow.findOrCreate(Person, { email }, async () => {
            if (uow.attempt === 1) await both.pass();
            return person({ email, name });
          });
          // Both write the row afterwards: two losers of one key must not deadlock over it.
          result.entity.name += '!';
          return result;
        }, options);

      const results = await Promise.all([find('ann'), find('bob')]);

      const [stored, ...more] = await people();
      expect(more).toEqual([]);
      expect(new Set(results.map(({ entity }) => entity.id))).toEqual(new Set([stored?.id]));
      expect(results.filter(({ created }) => created)).toHaveLength(1);
      expect(stored).toMatchObject({ name: expect.stringMatching(/^(ann|bob)!!$/), version: 2 });
    });

    it('drops what the loser built, with all that it needed', async () => {
      const msgid = email;
      const find = (name: string, between: () => Promise<unknown>) =>
        run(async (uow) => {
          const { entity, created } = await uow.findOrCreate(
            Reference,
            { project: 1, msgid },
            async () => {
              const series = Object.assign(new Series(), { name });
              uow.add(series);
              if (uow.attempt === 1) await between();
              return Object.assign(new Reference(), { project: 1, msgid, series });
            },
          );
          const { series } = created
            ? entity
            : await uow.findOneOrFail(Reference, {
                where: { project: 1, msgid },
                relations: { series: true },
              });
          return { name: series.name, created };
        }, options);
      const rival = async () => {
        await unitOfWork(await database.openSource(), async (uow) => {
          const series = Object.assign(new Series(), { name: `${msgid} first` });
          uow.add([series, Object.assign(new Reference(), { project: 1, msgid, series })]);
        });
      };
      // There the read of the loser keeps the rival from inserting at all.
      const isBlocked = database.engine !== 'postgres' && isolation === 'SERIALIZABLE';

      const result = await find(`${msgid} second`, isBlocked ? async () => undefined : rival);

      const series = await database.sql('SELECT name FROM series WHERE name LIKE $1', [
        `${msgid} %`,
      ]);
      expect(series).toHaveLength(1);
      expect(result).toEqual(
        isBlocked
          ? { name: `${msgid} second`, created: true }
          : { name: `${msgid} first`, created: false },
      );
    });
  });

  // PostgreSQL may find the rival's row by its nick, whose index is older, before it does by the key.
  it('makes one person of 8 writers at once, whichever constraint they meet at', async () => {
    for (let round = 0; round < rounds; round++) {
      const key = `${round} ${email}`;
      const findOrCreate = () =>
        run((uow) => uow.findOrCreate(Person, { email: key }, () => ({ name: '', nick: key })));

      const results = await Promise.all(Array.from({ length: 8 }, findOrCreate));

      expect(await people(key)).toHaveLength(1);
      expect(results.filter(({ created }) => created)).toHaveLength(1);
    }
  });

  it('lets the error of another constraint pass through', async () => {
    await database.source.manager.insert(Person, {
      email: `other ${email}`,
      name: '',
      nick: email,
    });

    const error = await rejectionOf(
      run((uow) =>
        uow.findOrCreate(Person, { email }, () => person({ email, name: '', nick: email })),
      ),
    );

    expect(error).toBeInstanceOf(QueryFailedError);
    expect(await people()).toEqual([]);
  });

  it.each<[string, new (...args: never[]) => Error, RegExp, (uow: UnitOfWork) => Promise<unknown>]>(
    [
      [
        'a key without a unique constraint',
        MappingError,
        /^findOrCreate\(\) needs a unique constraint on exactly the key it is given: decorate Person with @Index\(\['name'\], \{ unique: true \}\)$/,
        (uow) => uow.findOrCreate(Person, { name: 'ann' }, ann),
      ],
      [
        'a key with more than its constraint',
        MappingError,
        /decorate Person with @Index\(\['email', 'name'\]/,
        (uow) => uow.findOrCreate(Person, { email, name: 'ann' }, ann),
      ],
      [
        'an entity with another key',
        UsageError,
        /^findOrCreate\(\) was asked for another Person.email than create\(\) made$/,
        (uow) => uow.findOrCreate(Person, { email }, () => person({ email: 'other', name: '' })),
      ],
      [
        'a key of null',
        UsageError,
        /^Person.nick is null, and null is never the same$/,
        (uow) => uow.findOrCreate(Person, { nick: null as never }, ann),
      ],
      [
        'a name that is no column',
        UsageError,
        /^Person.color is no column with a value$/,
        (uow) => uow.findOrCreate(Person, { email, color: 'red' } as never, ann),
      ],
      [
        'what is no entity',
        UsageError,
        /^a Person is needed here/,
        (uow) => uow.findOrCreate(Person, { email }, () => new Series() as never),
      ],
      [
        'a flush by create()',
        UsageError,
        /cannot write: the unit is being written already$/,
        (uow) =>
          uow.findOrCreate(Person, { email }, async () => {
            await uow.flush();
            return ann();
          }),
      ],
    ],
  )('refuses %s, and writes nothing', async (_, type, message, work) => {
    const error = await rejectionOf(run(work));

    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
    expect(await people()).toEqual([]);
  });

  it('knows a row whose value is NULL from one whose value is the text', async () => {
    const known = await run((uow) => uow.findOrCreate(Person, { email }, ann));

    const { entity, created } = await run(async (uow) => {
      await uow.findOneByOrFail(Person, { email });
      return uow.findOrCreate(Person, { nick: 'null' }, () => ({ email: `2 ${email}`, name: '' }));
    });
    await run(async (uow) => uow.remove(await uow.findOneByOrFail(Person, { nick: 'null' })));

    expect(created).toBe(true);
    expect(entity.id).not.toBe(known.entity.id);
  });

  it('keeps related objects that are added beside a plain object', async () => {
    const series = Object.assign(new Series(), { name: email });

    await run((uow) =>
      uow.findOrCreate(Reference, { project: 2, msgid: email }, () => {
        uow.add(series);
        return { series };
      }),
    );

    const reference = await database.source.manager.findOneOrFail(Reference, {
      where: { project: 2, msgid: email },
      relations: { series: true },
    });
    expect(reference.series.id).toBe(series.id);
  });

  it('drops what create() had added before it failed', async () => {
    await run(async (uow) => {
      const failing = uow.findOrCreate(Person, { email }, () => {
        uow.add(person({ email: `left ${email}`, name: '' }));
        throw new Error('no such author');
      });
      await failing.catch(() => undefined);
    });

    expect(await people(`left ${email}`)).toEqual([]);
  });

  describe('a duplicate', () => {
    it('of a key that the unit had read as absent is a conflict, and replayed', async () => {
      const insert = () =>
        run(async (uow) => {
          const known = await uow.findOneBy(Person, { email });
          if (uow.attempt === 1) await rivalInserts();
          if (known) known.name = 'found';
          else uow.add(ann());
          return uow.attempt;
        });

      expect(await insert()).toBe(2);
      expect(await people()).toMatchObject([{ name: 'found', version: 2 }]);
    });

    it('names the row of the rival when it is not replayed', async () => {
      const error = await rejectionOf(
        run(
          async (uow) => {
            await uow.findOneBy(Person, { email });
            await rivalInserts();
            uow.add(ann());
          },
          { retry: { maxAttempts: 1 } },
        ),
      );

      const [rival] = await people();
      expect(error).toMatchObject({
        kind: 'unique',
        conflicts: [{ operation: 'insert', key: [rival?.id], actualVersion: 1 }],
        gaveUp: '1 attempts of at most 1 spent',
      });
      expect((error as ConcurrencyError).cause).toBeInstanceOf(QueryFailedError);
    });

    it('of a row that a read does not show passes through: a replay would not find it either', async () => {
      const hidden = Object.assign(new Mailbox(), { address: email });
      await database.source.manager.save(hidden);
      await database.source.manager.softRemove(hidden);
      let attempts = 0;

      const error = await rejectionOf(
        run((uow) => {
          attempts = uow.attempt;
          return uow.findOrCreate(Mailbox, { address: email }, () => ({ address: email }));
        }),
      );

      expect(error).toBeInstanceOf(QueryFailedError);
      expect(attempts).toBe(1);
    });

    it('that a changed row meets is a conflict as well', async () => {
      const mailbox = Object.assign(new Mailbox(), { address: email });
      await database.source.manager.save(mailbox);

      const attempts = await run(async (uow) => {
        const own = await uow.findOneByOrFail(Mailbox, { id: mailbox.id });
        const taken = await uow.findOneBy(Mailbox, { address: `new ${email}` });
        if (uow.attempt === 1) {
          await database.source.manager.insert(Mailbox, { address: `new ${email}` });
        }
        if (!taken) own.address = `new ${email}`;
        return uow.attempt;
      });

      expect(attempts).toBe(2);
    });

    it('of a rival who is gone again is a conflict as well', async () => {
      const other = await database.openSource();
      const leave = { afterTransactionRollback: () => other.manager.delete(Person, { email }) };
      database.source.subscribers.push(leave);

      const attempts = await run(async (uow) => {
        await uow.findOneBy(Person, { email });
        if (uow.attempt === 1) await rivalInserts();
        // What is sent alone has no rollback to listen to.
        await uow.manager.query('SELECT 1');
        uow.add(ann());
        return uow.attempt;
      }).finally(() => database.source.subscribers.pop());

      expect(attempts).toBe(2);
      expect(await people()).toMatchObject([{ name: 'ann' }]);
    });

    it('of another value is a conflict as well, if the rival has the key by then', async () => {
      const rival = await database.openSource();
      await rival.manager.insert(Person, { email: `old ${email}`, name: 'rival', nick: email });
      const move = {
        afterTransactionRollback: () => rival.manager.update(Person, { nick: email }, { email }),
      };
      database.source.subscribers.push(move);

      const { entity, created } = await run((uow) =>
        uow.findOrCreate(Person, { email }, () => ({ name: 'ann', nick: email })),
      ).finally(() => database.source.subscribers.pop());

      expect({ name: entity.name, created }).toEqual({ name: 'rival', created: false });
    });

    it('beside a row that is removed softly, and that a rival has changed, is one with that row', async () => {
      const rival = await database.openSource();
      await rival.manager.insert(Person, { email: `old ${email}`, name: 'rival', nick: email });
      const mailbox = Object.assign(new Mailbox(), { address: email });
      await rival.manager.save(mailbox);

      const error = await rejectionOf(
        run(
          async (uow) => {
            const own = await uow.findOneByOrFail(Mailbox, { id: mailbox.id });
            uow.softRemove(own);
            await unitOfWork(rival, async (other) => {
              const same = await other.findOneByOrFail(Mailbox, { id: mailbox.id });
              same.address = `new ${email}`;
            });
            const taken = () => person({ email, name: 'ann', nick: email });
            await uow.findOrCreate(Person, { email }, taken);
          },
          { retry: { maxAttempts: 1 } },
        ),
      );

      expect(error).toMatchObject({
        kind: 'unique',
        conflicts: [{ entityName: 'Mailbox', expectedVersion: 1, actualVersion: 2 }],
      });
    });

    it('that the unit has made twice itself is no conflict', async () => {
      let attempts = 0;

      const error = await rejectionOf(
        run(async (uow) => {
          attempts = uow.attempt;
          await uow.findOneBy(Person, { email });
          uow.add([ann(), ann()]);
        }),
      );

      expect(error).toBeInstanceOf(QueryFailedError);
      expect(attempts).toBe(1);
    });

    it('passes through as it is where the unit had not looked', async () => {
      await rivalInserts();

      const error = await rejectionOf(run(async (uow) => uow.add(ann())));

      expect(error).toBeInstanceOf(QueryFailedError);
    });
  });
});
