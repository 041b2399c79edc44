// Ways to find the author of a mail, or to store one; each goes wrong in its own way.
import { Raw, type EntityManager } from 'typeorm';
import { Person } from './entities';
import type { Mail } from './mail';
import { insertOnly, isDuplicate, type Store } from './naive-stores';
import type { OperationOptions } from './operation';

export type FindAuthor = (
  manager: EntityManager,
  mail: Mail,
  think: OperationOptions['think'],
) => Promise<Person>;

/** The lookup folds the case of the address; the constraint compares it as it was typed. */
export const lookUpAuthor =
  (store: Store): FindAuthor =>
  async (manager, { senderAddress, senderName: name }, think) => {
    const where = {
      emailKey: Raw((column) => `LOWER(${column}) = LOWER(:senderAddress)`, { senderAddress }),
    };
    let person = await manager.findOneBy(Person, where);
    if (!person) {
      await think?.('insert person');
      person = await store(manager, Person, where, { emailKey: senderAddress, name });
    }
    await think?.('rename person');
    if (person.name !== name) await manager.update(Person, person.id, { name });
    return person;
  };

/** Where there is nothing to update, MySQL and MariaDB may lock the gap in which it would be. */
export const updateAuthorFirst: FindAuthor = async (manager, mail, think) => {
  const { senderAddress: emailKey, senderName: name } = mail;
  const { affected } = await manager.update(Person, { emailKey }, { name });
  if (affected) return manager.findOneByOrFail(Person, { emailKey });
  await think?.('insert person');
  return insertOnly(manager, Person, { emailKey }, { emailKey, name });
};

/** Where there is a duplicate, MySQL and MariaDB lock it, and share the lock with everybody. */
export const insertAuthorFirst: FindAuthor = async (manager, mail, think) => {
  const { senderAddress: emailKey, senderName: name } = mail;
  try {
    await manager.insert(Person, { emailKey, name });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await think?.('rename person');
    await manager.update(Person, { emailKey }, { name });
  }
  return manager.findOneByOrFail(Person, { emailKey });
};
