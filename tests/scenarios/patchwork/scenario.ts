import type { DataSource } from 'typeorm';

import { entities, Person } from '../../../examples/patchwork/entities';
import type { Scenario } from '../scenario';
import { InboxMail } from './inbox';
import { inspect } from './inspect';
import { addressOf, makeThreads, regulars } from './threads';
import { work } from './work';

/** Parsers of one mail each, several of them in one thread. */
export const patchwork: Scenario = {
  name: 'patchwork',
  system: 'Patchwork',
  bug: 'series split, mails and cover letters lost, two people for one address',
  entities: [...entities, InboxMail],
  fill,
  work,
  inspect,
};

const threads = 200;

async function fill({ manager }: DataSource, size: number): Promise<void> {
  const people = regulars.map((name) => ({ name, emailKey: addressOf(name) }));
  await manager.insert(Person, people);
  await manager.insert(InboxMail, makeThreads(Math.ceil(threads * size)));
}
