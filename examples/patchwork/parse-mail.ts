import type { DataSource } from 'typeorm';
import { unitOfWork, type UnitOfWork } from '../../lib/index';
import { attach, newSeries } from './attach';
import { Patch, Person, Series, SeriesReference } from './entities';
import { emailKeyOf, type Mail } from './mail';
import type { OperationOptions, Parsed } from './operation';

export interface ParsedInUnit extends Parsed {
  /** Which of the two got a new row version. */
  readonly moved: { readonly person: boolean; readonly series: boolean };
}

type Think = OperationOptions['think'];

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
      const person = await findAuthor(uow, mail, think);
      const series = await findSeries(uow, mail, think);
      const patch = await findPatch(uow, mail, person, series, think);
      const { attempt: attempts } = uow;
      if (!patch.created)
        return { attempts, isNew: false, moved: { person: false, series: false } };
      await think?.('rename person');
      const renames = person.name !== mail.senderName;
      person.name = mail.senderName;
      await think?.('change series');
      const changes = attach(series, patch.entity, mail);
      return { attempts, isNew: true, moved: { person: renames, series: changes } };
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
async function findSeries(uow: UnitOfWork, mail: Mail, think: Think): Promise<Series> {
  const key = { projectId: mail.projectId, msgid: mail.threadRoot };
  const { entity, created } = await uow.findOrCreate(SeriesReference, key, async () => {
    await think?.('insert series');
    const series = Object.assign(new Series(), newSeries(mail));
    uow.add(series);
    return Object.assign(new SeriesReference(), { series });
  });
  if (created && entity.series) return entity.series;
  return uow.findOneByOrFail(Series, { id: entity.seriesId });
}

function findPatch(uow: UnitOfWork, mail: Mail, person: Person, series: Series, think: Think) {
  const { projectId, msgid, threadRoot, number } = mail;
  return uow.findOrCreate(Patch, { projectId, msgid }, async () => {
    await think?.('insert patch');
    return { threadRoot, number, submitterId: person.id, seriesId: series.id };
  });
}
