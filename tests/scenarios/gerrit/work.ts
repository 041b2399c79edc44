import type { DataSource } from 'typeorm';

import { think } from '../../../examples/gerrit/think';
import { operations, pickChange, type Role } from '../../../examples/gerrit/writers';
import { seededRandom } from '../harness/random';
import { TallyKeeper } from '../harness/tally-keeper';
import type { Share, Tally } from '../scenario';

const fullSizeMs = 10_000;
// In less, so few people meet that save() may lose nothing.
const leastMs = 3_000;

/** Dealt out to the processes in turn, so that each has some of every sort. */
const writers: readonly Role[] = [
  ...Array<Role>(4).fill('submit'),
  ...Array<Role>(6).fill('check'),
  ...Array<Role>(2).fill('review'),
  'sweep',
];

/**
 * From the end of one operation to the begin of the next, in milliseconds: people who would not take
 * breath would starve each other on the change that everybody wants, checkers or not.
 */
const pauses: Readonly<Record<Role, number>> = { submit: 200, sweep: 100, review: 200, check: 15 };

/** How often units were told that a change has a new version. */
export const versionMoves = 'version moves';
export const ledgerEntries = 'ledger entries';

export async function work(source: DataSource, share: Share): Promise<Tally> {
  const keeper = new TallyKeeper();
  const own = writers.filter((_, index) => index % share.processes === share.process);
  if (share.variant === 'serial') await writeInTurn(source, share, own, keeper);
  else {
    const end = performance.now() + Math.max(leastMs, fullSizeMs * share.size);
    const seeds = own.map((_, index) => share.seed + 1_000 * index);
    await Promise.all(
      own.map(async (role, index) => {
        const random = seededRandom(seeds[index] ?? 0);
        while (performance.now() < end) {
          await operate(source, share, role, random, keeper);
          await think(pauses[role] / 2, pauses[role] * 1.5);
        }
      }),
    );
  }
  return keeper.tally();
}

/** Everybody's turn comes, and each waits until the one before has ended. */
async function writeInTurn(
  source: DataSource,
  share: Share,
  roles: readonly Role[],
  keeper: TallyKeeper,
): Promise<void> {
  const random = seededRandom(share.seed);
  const rounds = Math.ceil(10 * share.size);
  for (let round = 0; round < rounds; round++) {
    for (const role of roles) await operate(source, share, role, random, keeper);
  }
}

async function operate(
  source: DataSource,
  { variant, isolation }: Share,
  role: Role,
  random: () => number,
  keeper: TallyKeeper,
): Promise<void> {
  const operation = operations[variant === 'unit-of-work' ? 'unit-of-work' : 'save'][role];
  const done = await keeper.run(role, () => operation(source, pickChange(random), { isolation }));
  if (!done) return;
  // A sweep enters each change that it moved, and none where the queue was empty.
  keeper.count(ledgerEntries, role === 'sweep' ? done.changes : 1);
  if (variant === 'unit-of-work') keeper.count(versionMoves, done.changes);
}
