import {
  BaseEntity,
  Column,
  DataSource,
  Entity,
  EntityManager,
  PrimaryGeneratedColumn,
  Repository,
} from 'typeorm';

import {
  configureUnitOfWork,
  currentUnitOfWork,
  InUnitOfWork,
  outsideUnitOfWork,
  RowVersion,
  unitOfWork,
  UsageError,
} from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';
import { withPool } from '../support/pools';

@Entity()
class Note extends BaseEntity {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 50, unique: true })
  text: string;

  @RowVersion()
  version: number;
}

/** A repository as NestJS makes it. */
class NoteRepository extends Repository<Note> {
  byText(text: string): Promise<Note | null> {
    return this.findOneBy({ text });
  }
}

onEachDatabase('an ambient unit', [Note], (database) => {
  let source: DataSource;
  let doors: Record<string, (text: string) => Promise<unknown>>;
  let number = 0;

  beforeAll(async () => {
    source = await database.openSource();
    const repository = source.getRepository(Note);
    const byClass = new NoteRepository(Note, source.manager);
    const extended = repository.extend({
      write(this: Repository<Note>, text: string) {
        return this.save(this.create({ text }));
      },
    });
    doors = {
      'a repository': (text) => repository.save({ text }),
      'a repository of a class': (text) => byClass.insert({ text }),
      'an extended repository': (text) => extended.write(text),
      'an active record': (text) => Note.create({ text }).save(),
      'the manager': (text) => source.manager.save(Note, { text }),
      'a transaction of the data source': (text) =>
        source.transaction((manager) => manager.save(Note, { text })),
      'a transaction in a transaction': (text) =>
        source.transaction((outer) =>
          outer.transaction((manager) => manager.insert(Note, { text })),
        ),
      'a query builder of the data source': (text) =>
        source.createQueryBuilder().insert().into(Note).values({ text }).execute(),
      'a query builder of a repository': (text) =>
        repository.createQueryBuilder().insert().values({ text }).execute(),
      'SQL of the data source': (text) =>
        source.query(`INSERT INTO note (text) VALUES ('${text}')`),
      'SQL of a repository': (text) =>
        repository.query(`INSERT INTO note (text) VALUES ('${text}')`),
    };
    configureUnitOfWork(source, { ambient: true });
  });

  const isStored = async (text: string) =>
    (await database.sql('SELECT id FROM note WHERE text = $1', [text])).length === 1;
  const names = [
    'a repository',
    'a repository of a class',
    'an extended repository',
    'an active record',
    'the manager',
    'a transaction of the data source',
    'a transaction in a transaction',
    'a query builder of the data source',
    'a query builder of a repository',
    'SQL of the data source',
    'SQL of a repository',
  ];

  it('is tried through every door that there is', () => {
    expect(Object.keys(doors)).toEqual(names);
  });

  it.each(names)('takes %s in, which was taken before it was switched on', async (name) => {
    const [lost, kept, outside] = [1, 2, 3].map(() => `note ${number++}`) as [
      string,
      string,
      string,
    ];

    await rejectionOf(
      unitOfWork(source, async () => {
        await doors[name]!(lost);
        await outsideUnitOfWork(() => doors[name]!(outside));
        throw new Error('the unit fails');
      }),
    );
    await unitOfWork(source, () => doors[name]!(kept));

    expect([await isStored(lost), await isStored(kept), await isStored(outside)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('tracks what a repository finds', async () => {
    const repository = source.getRepository(Note);
    const { id } = await repository.save({ text: `note ${number++}` });

    await unitOfWork(source, async (uow) => {
      const found = await repository.findOneByOrFail({ id });
      expect(await uow.findOneBy(Note, { id })).toBe(found);
      expect(await Note.findOneBy({ id })).toBe(found);
      found.text = `note ${number++}`;
    });

    expect(await repository.findOneByOrFail({ id })).toMatchObject({ version: 2 });
  });

  it('needs no second connection', async () => {
    await withPool(database, { poolSize: 1 }, async (single) => {
      const repository = single.getRepository(Note);
      configureUnitOfWork(single, { ambient: true });

      const text = `note ${number++}`;
      await unitOfWork(single, async () => {
        await Promise.all([1, 2, 3].map((i) => repository.save({ text: `${text}.${i}` })));
        await single.transaction((manager) => manager.count(Note));
        await single.query('SELECT 1');
        const found = await repository.findOneByOrFail({ text: `${text}.2` });
        await repository.remove(found);
      });

      expect(await isStored(`${text}.1`)).toBe(true);
      expect(await isStored(`${text}.2`)).toBe(false);
    });
  });

  it('leaves the classes of TypeORM alone, and goes when it is switched off', async () => {
    const other = await database.openSource();
    const before = Object.getOwnPropertyDescriptors(EntityManager.prototype);
    const own = Object.keys(Object.getOwnPropertyDescriptors(other.manager));

    configureUnitOfWork(other, { ambient: true, guard: 'error' });
    configureUnitOfWork(other, {});

    expect(Object.getOwnPropertyDescriptors(EntityManager.prototype)).toEqual(before);
    expect(Object.keys(Object.getOwnPropertyDescriptors(other.manager))).toEqual(own);
    expect(Object.hasOwn(other, 'query')).toBe(false);
    expect(Object.hasOwn(other, 'createEntityManager')).toBe(false);
  });

  it('is refused where a repository does not come by its manager', async () => {
    const other = await database.openSource();
    const getRepository = other.getRepository.bind(other);
    other.getRepository = ((target: never) =>
      Object.assign(getRepository(target), { count: async () => 0 })) as never;

    expect(() => configureUnitOfWork(other, { ambient: true })).toThrow(
      /ambient units: Repository\.count\(\) of this TypeORM does not come by its manager/,
    );
    expect(Object.hasOwn(other, 'query')).toBe(false);
  });

  it.each([
    ['before the data source is initialized', { ambient: true }, /after dataSource.initialize/],
    ['with what is neither true nor false', { ambient: 'yes' as never }, /ambient must be true/],
    ['with a guard that there is not', { guard: 'loud' as never }, /guard must be 'off'/],
  ])('is refused %s', (_, options, message) => {
    const closed = new DataSource(database.options);

    expect(() => configureUnitOfWork(closed, options)).toThrow(message);
    expect(() => configureUnitOfWork(closed, options)).toThrow(UsageError);
  });

  describe('by @InUnitOfWork()', () => {
    class Notes {
      constructor(readonly dataSource: DataSource) {}

      @InUnitOfWork({ name: 'write two' })
      async writeTwo(first: string, second: string): Promise<number> {
        const repository = source.getRepository(Note);
        await this.write(first);
        await repository.save({ text: second });
        return currentUnitOfWork()!.attempt;
      }

      @InUnitOfWork<Notes>({ dataSource: ({ dataSource }) => dataSource })
      async write(text: string): Promise<void> {
        currentUnitOfWork()!.add(Object.assign(new Note(), { text }));
      }
    }

    it('runs a method as a unit, and those that it calls as parts of it', async () => {
      const [one, two] = [`note ${number++}`, `note ${number++}`];

      expect(await new Notes(source).writeTwo(one, two)).toBe(1);
      await rejectionOf(new Notes(source).writeTwo(`${two}+`, two));

      expect([await isStored(one), await isStored(two), await isStored(`${two}+`)]).toEqual([
        true,
        true,
        false,
      ]);
    });

    it('says so when it finds no data source', async () => {
      const error = await rejectionOf(new Notes(undefined as never).writeTwo('a', 'b'));

      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/needs a property dataSource/);
    });
  });

  describe('and the guard', () => {
    const writes: [string, (from: DataSource, note: Note) => Promise<unknown>][] = [
      ['save()', (from, note) => from.manager.save(Object.assign(note, { text: `n${number++}` }))],
      [
        'save() in a transaction',
        (from, note) =>
          from.transaction((m) => m.save(Object.assign(note, { text: `n${number++}` }))),
      ],
      ['update()', (from, { id }) => from.manager.update(Note, { id }, { text: `n${number++}` })],
      ['remove()', (from, note) => from.manager.remove(note)],
      ['upsert()', (from, { id, text }) => from.manager.upsert(Note, { id, text }, ['text'])],
      [
        'upsert() in a transaction',
        (from, { id, text }) => from.transaction((m) => m.upsert(Note, { id, text }, ['text'])),
      ],
    ];
    const guarded = async (guard: 'warn' | 'error' | 'off', ambient = false) => {
      const own = await database.openSource();
      configureUnitOfWork(own, { guard, ambient });
      const note = Object.assign(new Note(), { text: `note ${number++}` });
      await own.manager.save(note);
      return { own, note };
    };

    it.each(writes)('refuses %s outside a unit, and nothing is written', async (_, write) => {
      const { own, note } = await guarded('error');
      const { text, id } = note;

      const error = await rejectionOf(write(own, note));

      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/of Note outside a unit of work does not check/);
      const rows = await database.sql('SELECT text, row_version AS v FROM note WHERE id = $1', [
        id,
      ]);
      expect(rows).toEqual([{ text, v: 1 }]);
    });

    it.each(writes)('lets %s pass inside an ambient unit, and when it is off', async (_, write) => {
      const { own, note } = await guarded('error', true);
      await unitOfWork(own, () => write(own, note));

      const { own: free, note: another } = await guarded('off');
      await write(free, another);
    });

    it('warns once of each kind of write', async () => {
      const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const { own, note } = await guarded('warn');

      await own.manager.update(Note, { id: note.id }, { text: `n${number++}` });
      await own.manager.update(Note, { id: note.id }, { text: `n${number++}` });

      expect(warn.mock.calls.map(([message]) => message)).toEqual([
        'an update of Note outside a unit of work does not check its row version: run it in unitOfWork()',
      ]);
      warn.mockRestore();
    });
  });
});
