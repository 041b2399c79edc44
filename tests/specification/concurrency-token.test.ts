import { Column, Entity, In, PrimaryGeneratedColumn } from 'typeorm';
import {
  ConcurrencyError,
  ConcurrencyToken,
  MappingError,
  noReplay,
  RowVersion,
  unitOfWork,
  type UnitOfWork,
} from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { onEachIsolation } from '../setup/on-each-isolation';
import { rejectionOf } from '../support/accounts';
import { readsLock } from '../support/rivals';

/** Written by others too, which know of no row version. */
@Entity()
class Ticket {
  @PrimaryGeneratedColumn()
  id: number;

  @ConcurrencyToken()
  @Column({ type: 'varchar', length: 20 })
  status: string;

  @ConcurrencyToken()
  @Column({ type: 'varchar', length: 20, nullable: true })
  assignee: string | null;

  @Column({ type: 'varchar', length: 50, default: '' })
  title: string;
}

@Entity()
class Page {
  @PrimaryGeneratedColumn()
  id: number;

  @ConcurrencyToken()
  @Column({ type: 'varchar', length: 20 })
  etag: string;

  @Column({ type: 'int', default: 0 })
  views: number;

  @RowVersion()
  version: number;
}

@Entity()
class Hidden {
  @PrimaryGeneratedColumn()
  id: number;

  @ConcurrencyToken()
  @Column({ type: 'varchar', length: 20, select: false })
  etag: string;
}

@Entity()
class Precise {
  @PrimaryGeneratedColumn()
  id: number;

  @ConcurrencyToken()
  @Column({ type: 'timestamp', precision: 6, default: () => 'CURRENT_TIMESTAMP(6)' })
  touchedAt: Date;
}

onEachDatabase('@ConcurrencyToken', [Ticket, Page, Hidden, Precise], (database) => {
  const insertTickets = async <const All extends readonly Partial<Ticket>[]>(...all: All) => {
    const tickets = all.map((one) =>
      Object.assign(new Ticket(), { status: 'open', assignee: null, ...one }),
    );
    await unitOfWork(database.source, async (uow) => uow.add(tickets));
    // As many ids as tickets.
    return tickets.map(({ id }) => id) as { -readonly [Index in keyof All]: number };
  };
  const change = (id: number, column: string, value: string | null) =>
    database.sql(`UPDATE ticket SET ${column} = $1 WHERE id = $2`, [value, id]);
  const stored = async (id: number) =>
    (await database.sql('SELECT status, assignee, title FROM ticket WHERE id = $1', [id]))[0];

  /** What becomes of a unit that renames a ticket after a rival has changed it. */
  const rename = (
    id: number,
    rival: () => Promise<unknown>,
    options: Parameters<typeof unitOfWork>[2] = { retry: noReplay },
  ) =>
    unitOfWork(
      database.source,
      async (uow) => {
        const ticket = await uow.findOneByOrFail(Ticket, { id });
        if (uow.attempt === 1) await rival();
        ticket.title = `renamed when ${ticket.status}`;
      },
      options,
    );

  onEachIsolation((isolation) => {
    if (readsLock(database, isolation)) return;

    it('makes a row a conflict whose value another writer has changed', async () => {
      const [id] = await insertTickets({});

      const renaming = rename(id, () => change(id, 'status', 'closed'), {
        isolation,
        retry: noReplay,
      });

      expect(await rejectionOf(renaming)).toBeInstanceOf(ConcurrencyError);
      expect(await stored(id)).toMatchObject({ status: 'closed', title: '' });
    });

    it('lets the unit run again from the new value', async () => {
      const [id] = await insertTickets({});

      await rename(id, () => change(id, 'status', 'closed'), { isolation });

      expect(await stored(id)).toMatchObject({ title: 'renamed when closed' });
    });
  });

  it('is named by the error', async () => {
    const [id] = await insertTickets({});

    const error = await rejectionOf(rename(id, () => change(id, 'assignee', 'Ada')));

    expect(error).toMatchObject({
      message: expect.stringContaining(`update of Ticket(${id}) found another assignee`),
      conflicts: [{ changedTokens: ['assignee'], expectedVersion: null, actualVersion: null }],
    });
  });

  it.each([
    ['in another case', 'status', 'open', 'OPEN'],
    ['with a space behind it', 'status', 'open', 'open '],
    ['set where it was null', 'assignee', null, ''],
    ['null where it was set', 'assignee', 'Ada', null],
  ])('takes a value %s for another one', async (_title, column, before, after) => {
    const [id] = await insertTickets({ [column]: before });

    const error = await rejectionOf(rename(id, () => change(id, column, after)));

    expect(error).toMatchObject({ conflicts: [{ changedTokens: [column] }] });
  });

  it('lets a row be written whose other columns were changed, and where null stayed null', async () => {
    const [id] = await insertTickets({});

    await rename(id, () => change(id, 'title', 'by a rival'));

    expect(await stored(id)).toMatchObject({ title: 'renamed when open' });
  });

  it('is compared for rows that are removed or asserted', async () => {
    const ids = await insertTickets({}, {});
    const lose = (write: (uow: UnitOfWork, ticket: Ticket) => void) =>
      unitOfWork(
        database.source,
        async (uow) => {
          const [ticket] = await uow.findBy(Ticket, { id: ids[0] });
          const other = await uow.findOneByOrFail(Ticket, { id: ids[1] });
          await change(ids[0], 'status', `lost at ${Date.now() % 1_000_000}`);
          other.title = 'written';
          write(uow, ticket!);
        },
        { retry: noReplay },
      );

    const removal = await rejectionOf(lose((uow, ticket) => uow.remove(ticket)));
    const assertion = await rejectionOf(lose((uow, ticket) => uow.assertUnchanged(ticket)));

    for (const error of [removal, assertion]) {
      expect(error).toMatchObject({ conflicts: [{ key: [ids[0]], changedTokens: ['status'] }] });
    }
    expect(await stored(ids[1])).toMatchObject({ title: '' });
  });

  it('names those of many rows that are lost, and writes none', async () => {
    const ids: number[] = await insertTickets(...Array.from({ length: 30 }, () => ({})));

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          for (const ticket of await uow.findBy(Ticket, { id: In(ids) })) ticket.status = 'done';
          await change(ids[7]!, 'status', 'stolen');
          await change(ids[21]!, 'assignee', 'Ada');
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({
      conflicts: [
        { key: [ids[7]], changedTokens: ['status'] },
        { key: [ids[21]], changedTokens: ['assignee'] },
      ],
    });
    expect(await stored(ids[0]!)).toMatchObject({ status: 'open' });
  });

  it('may be changed by the unit itself, again and again', async () => {
    const [id] = await insertTickets({});

    await unitOfWork(database.source, async (uow) => {
      const ticket = await uow.findOneByOrFail(Ticket, { id });
      ticket.status = 'taken';
      await uow.flush();
      ticket.status = 'closed';
      await uow.flush();
      ticket.assignee = 'Ada';
    });

    expect(await stored(id)).toMatchObject({ status: 'closed', assignee: 'Ada' });
  });

  it('is selected where an entity is selected in part', async () => {
    const [id] = await insertTickets({});

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const [ticket] = await uow.find(Ticket, { select: { title: true }, where: { id } });
          await change(id, 'status', 'closed');
          ticket!.title = 'renamed';
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({ conflicts: [{ changedTokens: ['status'] }] });
  });

  it('joins a row version that others do not move', async () => {
    const page = Object.assign(new Page(), { etag: 'a' });
    await unitOfWork(database.source, async (uow) => uow.add(page));

    const error = await rejectionOf(
      unitOfWork(
        database.source,
        async (uow) => {
          const found = await uow.findOneByOrFail(Page, { id: page.id });
          await database.sql(`UPDATE page SET etag = 'b' WHERE id = $1`, [page.id]);
          found.views += 1;
        },
        { retry: noReplay },
      ),
    );

    expect(error).toMatchObject({
      conflicts: [{ expectedVersion: 1, actualVersion: 1, changedTokens: ['etag'] }],
    });
  });

  it('is refused for a column whose stored value an entity does not hold', async () => {
    const find = (entity: typeof Hidden | typeof Precise) =>
      unitOfWork(database.source, (uow) => uow.find<Hidden | Precise>(entity));

    const hidden = await rejectionOf(find(Hidden));
    const precise = await rejectionOf(find(Precise));

    expect(hidden).toEqual(
      new MappingError(
        '@ConcurrencyToken Hidden.etag is not selected, so there is no value to compare: leave out select: false',
      ),
    );
    expect(precise).toEqual(
      new MappingError(
        '@ConcurrencyToken Precise.touchedAt is more precise than a Date: give its column precision: 3, or use @RowVersion',
      ),
    );
  });
});
