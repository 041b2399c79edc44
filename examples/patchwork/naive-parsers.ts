// As it was done: look for a row, insert it if there is none, write whole rows back.
import type { EntityManager } from 'typeorm';
import { attach, newSeries } from './attach';
import { Patch, Series, SeriesReference } from './entities';
import type { Mail } from './mail';
import {
  insertAuthorFirst,
  lookUpAuthor,
  updateAuthorFirst,
  type FindAuthor,
} from './naive-authors';
import {
  insertCatchingDuplicates,
  insertIgnoringDuplicates,
  insertOnly,
  type Store,
} from './naive-stores';
import type { OperationOptions, Parsed, ParseMail } from './operation';

type Think = OperationOptions['think'];

/** SELECT, then INSERT. */
export const parseInTransaction = inTransaction(lookUpAuthor(insertOnly), insertOnly);

/** The same, where every statement commits by itself. */
export const parseByStatements: ParseMail = (dataSource, mail, { think } = {}) =>
  parseWith(dataSource.manager, mail, lookUpAuthor(insertOnly), insertOnly, think);

/** Get-or-create, with which the race seemed to be over. */
export const parseIgnoringDuplicates = inTransaction(
  lookUpAuthor(insertIgnoringDuplicates),
  insertIgnoringDuplicates,
);

export const parseCatchingDuplicates = inTransaction(
  lookUpAuthor(insertCatchingDuplicates),
  insertCatchingDuplicates,
);

/** UPDATE, and INSERT where there was nothing to update. */
export const parseUpdatingFirst = inTransaction(updateAuthorFirst, insertOnly);

/** INSERT, and UPDATE where somebody else has inserted. */
export const parseInsertingFirst = inTransaction(insertAuthorFirst, insertOnly);

function inTransaction(findAuthor: FindAuthor, store: Store): ParseMail {
  return (dataSource, mail, { isolation = 'READ COMMITTED', think } = {}) =>
    dataSource.transaction(isolation, (manager) =>
      parseWith(manager, mail, findAuthor, store, think),
    );
}

async function parseWith(
  manager: EntityManager,
  mail: Mail,
  findAuthor: FindAuthor,
  store: Store,
  think: Think,
): Promise<Parsed> {
  const person = await findAuthor(manager, mail, think);
  const key = { projectId: mail.projectId, msgid: mail.msgid };
  if (await manager.existsBy(Patch, key)) return { attempts: 1, isNew: false };
  await think?.('insert patch');
  const { threadRoot, number } = mail;
  const row = { ...key, threadRoot, number, submitterId: person.id };
  const patch = await insertOnly(manager, Patch, key, row);
  const series = await findSeries(manager, mail, store, think);
  await think?.('change series');
  await manager.update(Patch, patch.id, { seriesId: series.id });
  if (attach(series, patch, mail)) await writeWholeRow(manager, series);
  return { attempts: 1, isNew: true };
}

/** Whichever series the thread's reference names in the end: this one goes on with its own. */
async function findSeries(
  manager: EntityManager,
  mail: Mail,
  store: Store,
  think: Think,
): Promise<Series> {
  const key = { projectId: mail.projectId, msgid: mail.threadRoot };
  const known = await manager.findOneBy(SeriesReference, key);
  if (known) return manager.findOneByOrFail(Series, { id: known.seriesId });
  await think?.('insert series');
  const series = Object.assign(new Series(), newSeries(mail));
  await manager.insert(Series, series);
  await store(manager, SeriesReference, key, { ...key, seriesId: series.id });
  return series;
}

/** All columns, whichever have changed: what somebody else wrote meanwhile is taken back. */
async function writeWholeRow(manager: EntityManager, series: Series): Promise<void> {
  const { projectId, name, coverId, total } = series;
  await manager.update(Series, series.id, { projectId, name, coverId, total });
}
