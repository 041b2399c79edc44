import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

import type { Mail } from '../../../examples/patchwork/mail';
import { parseIgnoringDuplicates } from '../../../examples/patchwork/naive-parsers';
import type { Step } from '../../../examples/patchwork/operation';
import { parseMail, type ParsedInUnit } from '../../../examples/patchwork/parse-mail';
import { seededRandom } from '../harness/random';
import { TallyKeeper } from '../harness/tally-keeper';
import type { Share, Tally } from '../scenario';
import { InboxMail } from './inbox';

const parsers = 8;

/** So many threads are on their way at once: their mails arrive in any order. */
const threadsOnTheirWay = 2;
const mailsOfThread = 4;

/** What a parser takes, at most, before each of its writes. */
const thinkMs = 5;

/** A mail queue gives a mail up that was refused so often. */
const mostDeliveries = 5;

/** How often units were told what they have done. */
export const mailsTold = 'mails stored';
export const seriesMoves = 'changes of series';
export const personMoves = 'changes of people';
export const seriesBuilt = 'series built, those that were too late included';
export const peopleBuilt = 'people built, those that were too late included';
export const deliveredAgain = 'mails delivered again';
export const threadsSent = 'threads sent';

interface Delivery {
  readonly mail: Mail;
  readonly deliveries: number;
}

export async function work(source: DataSource, share: Share): Promise<Tally> {
  const keeper = new TallyKeeper();
  const inbox = await source.manager.find(InboxMail, { order: { id: 'ASC' } });
  const roots = new Set(inbox.map(({ threadRoot }) => threadRoot));
  if (share.process === 0) keeper.count(threadsSent, roots.size);
  const queue = ownDeliveries(inbox, share);
  const count = share.variant === 'serial' ? 1 : parsers / share.processes;
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      parseAll(source, share, queue, seededRandom(share.seed + 1_000 * index), keeper),
    ),
  );
  return keeper.tally();
}

/** Every process makes the same order of the inbox, and takes its part of it. */
function ownDeliveries(inbox: readonly InboxMail[], share: Share): Delivery[] {
  const random = seededRandom(share.seed - share.process);
  return inbox
    .map((mail, index) => ({ mail, at: index + random() * threadsOnTheirWay * mailsOfThread }))
    .toSorted((one, other) => one.at - other.at)
    .filter((_, index) => index % share.processes === share.process)
    .map(({ mail }) => ({ mail, deliveries: 1 }));
}

/** Takes one mail after the other; all parsers of a process share its queue. */
async function parseAll(
  source: DataSource,
  { variant, isolation }: Share,
  queue: Delivery[],
  random: () => number,
  keeper: TallyKeeper,
): Promise<void> {
  const think = async (step: Step) => {
    if (variant === 'unit-of-work') noteStep(keeper, step);
    await wait(thinkMs * random());
  };
  for (;;) {
    const delivery = queue.shift();
    if (!delivery) return;
    const { mail } = delivery;
    const options = { isolation, think };
    if (variant === 'unit-of-work') {
      const parsed = await keeper.run('parse', () => parseMail(source, mail, options));
      if (parsed) noteParsed(keeper, parsed);
      else redeliver(queue, delivery, keeper);
    } else {
      // As the system did it, a mail that could not be stored was not delivered again.
      await keeper.run('parse', () => parseIgnoringDuplicates(source, mail, options));
    }
  }
}

/** Attempts that are replayed build again. */
function noteStep(keeper: TallyKeeper, step: Step): void {
  if (step === 'insert series') keeper.count(seriesBuilt);
  if (step === 'insert person') keeper.count(peopleBuilt);
}

function noteParsed(keeper: TallyKeeper, { isNew, moved }: ParsedInUnit): void {
  if (isNew) keeper.count(mailsTold);
  if (moved.series) keeper.count(seriesMoves);
  if (moved.person) keeper.count(personMoves);
}

function redeliver(queue: Delivery[], { mail, deliveries }: Delivery, keeper: TallyKeeper): void {
  if (deliveries === mostDeliveries) return;
  queue.push({ mail, deliveries: deliveries + 1 });
  keeper.count(deliveredAgain);
}
