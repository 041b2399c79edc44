import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

import { findBrokenRegistrations } from '../../../examples/nuget/broken-registrations';
import { editInUnit } from '../../../examples/nuget/edit-in-unit';
import { deleted, pushed, relisted, unlisted, type Edit } from '../../../examples/nuget/edits';
import { editNaively } from '../../../examples/nuget/naive-edits';
import { seededRandom } from '../harness/random';
import { TallyKeeper } from '../harness/tally-keeper';
import type { Share, Tally, Variant } from '../scenario';

/** As few as possible, so that everybody meets everybody. */
export const names = ['left-pad', 'lodash', 'moment'];
export const versions = [1, 2, 3, 4];

const writers = 8;

/** Of each writer. Half-right fixes fail rarely, so that only many units prove anything. */
const fullSize: Readonly<Record<Variant, number>> = {
  'unit-of-work': 1_600,
  naive: 200,
  serial: 50,
};

/** How often units were told that they have changed the versions of a registration. */
export const editsTold = 'edits that changed something';
export const checksMeanwhile = 'looks at all registrations meanwhile';
export const brokenMoments = 'registrations found broken meanwhile';

/** Each writer looks at all registrations after so many of its operations. */
const checkEvery = 40;

export async function work(source: DataSource, share: Share): Promise<Tally> {
  const keeper = new TallyKeeper();
  const own = Array.from({ length: writers }, (_, index) => index).filter(
    (index) => index % share.processes === share.process,
  );
  const run = (index: number) =>
    write(source, share, seededRandom(share.seed + 1_000 * index), keeper);
  if (share.variant === 'serial') for (const index of own) await run(index);
  else await Promise.all(own.map(run));
  return keeper.tally();
}

async function write(
  source: DataSource,
  { variant, isolation, size }: Share,
  random: () => number,
  keeper: TallyKeeper,
): Promise<void> {
  const editPackages = variant === 'unit-of-work' ? editInUnit : editNaively;
  const think = () => wait(2 * random());
  for (let done = 1; done <= fullSize[variant] * size; done++) {
    const { kind, edit } = chooseEdit(random);
    const name = pick(names, random);
    const answer = await keeper.run(kind, () =>
      editPackages(source, name, edit, { isolation, think }),
    );
    if (answer?.hasChanged && variant === 'unit-of-work') keeper.count(editsTold);
    if (done % checkEvery === 0) await checkMeanwhile(source, keeper);
  }
}

/** One statement sees one moment, so no writer has to stop for it. */
async function checkMeanwhile(source: DataSource, keeper: TallyKeeper): Promise<void> {
  const broken = await findBrokenRegistrations(source);
  keeper.count(brokenMoments, broken.length);
  keeper.count(checksMeanwhile);
}

/** Much is relisted and now and then all is unlisted: from there on every relist has the flag to set. */
const edits: readonly (readonly [part: number, kind: string, make: (version: number) => Edit])[] = [
  [0.4, 'relist', relisted],
  [0.3, 'unlist', unlisted],
  [0.1, 'push', pushed],
  [0.1, 'delete', deleted],
  [0.1, 'unlist all', () => unlisted(...versions)],
];

function chooseEdit(random: () => number): { readonly kind: string; readonly edit: Edit } {
  let draw = random();
  const [, kind, make] = edits.find(([part]) => (draw -= part) < 0) ?? edits[0]!;
  return { kind, edit: make(pick(versions, random)) };
}

function pick<T>(values: readonly T[], random: () => number): T {
  // The index is always one of the values.
  return values[Math.floor(random() * values.length)] as T;
}
