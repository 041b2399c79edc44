import type { DataSource } from 'typeorm';
import { unitOfWork, type FoundOrCreated, type UnitOfWork } from '../../lib/index';
import { attach, newSeries } from './attach';
import { Patch, Person, Series, SeriesReference } from './entities';
import { emailKeyOf, type Mail } from './mail';
import type { OperationOptions, Parsed } from './operation';

export interface ParsedInUnit extends Parsed {
  /** Which of the two got a new row version. */
  readonly moved: { readonly person: boolean; readonly series: boolean };
}

type Think = OperationOptions['think'];

const nothing = { person: false, series: false };

/**
 * Stores a mail, its author and its series: all of it or nothing, and each of them once, however many
 * parsers meet at one author or in one thread.
 *
 * All parsers create in one order, person, series, patch: whoever waits for somebody has nothing that
 * the other one still wants.
 */
export async function parseMail(
  dataSource: DataSource,
  mail: Mail,
  { isolation, think }: OperationOptions = {},
): Promise<ParsedInUnit> {
  return unitOfWork(
    dataSource,
    async (uow) => {
      const { attempt: attempts } = uow;
      const person = await findAuthor(uow, mail, think);
      const series = await findSeries(uow, mail, think);
      const patch = await findPatch(uow, mail, person, series.entity, think);
      if (!patch.created) return { attempts, isNew: false, moved: nothing };
      await think?.('rename person');
      const isRenamed = person.name !== mail.senderName;
      person.name = mail.senderName;
      await think?.('change series');
      const isChanged = attach(series.entity, patch.entity, mail);
      // A row that the unit itself has made is at its first version until others can see it.
      const moved = { person: isRenamed, series: isChanged && !series.created };
      return { attempts, isNew: true, moved };
    },
    { name: 'parse mail', isolation },
  );
}

async function findAuthor(uow: UnitOfWork, mail: Mail, think: Think): Promise<Person> {
  const { entity } = await uow.findOrCreate(Person, { emailKey: emailKeyOf(mail) }, async () => {
    await think?.('insert person');
    return { name: mail.senderName };
  });
  return entity;
}

/** The series that the thread's reference names. One that was built for nothing is never stored. */
async function findSeries(
  uow: UnitOfWork,
  mail: Mail,
  think: Think,
): Promise<FoundOrCreated<Series>> {
  const key = { projectId: mail.projectId, msgid: mail.threadRoot };
  const built = Object.assign(new Series(), newSeries(mail));
  const { entity, created } = await uow.findOrCreate(SeriesReference, key, async () => {
    await think?.('insert series');
    uow.add(built);
    return Object.assign(new SeriesReference(), { series: built });
  });
  if (created) return { entity: built, created };
  return { entity: await uow.findOneByOrFail(Series, { id: entity.seriesId }), created };
}

function findPatch(uow: UnitOfWork, mail: Mail, person: Person, series: Series, think: Think) {
  const { projectId, msgid, threadRoot, number } = mail;
  return uow.findOrCreate(Patch, { projectId, msgid }, async () => {
    await think?.('insert patch');
    return { threadRoot, number, submitterId: person.id, seriesId: series.id };
  });
}
