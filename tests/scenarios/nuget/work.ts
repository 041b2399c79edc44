import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

import { findBrokenRegistrations } from '../../../examples/nuget/broken-registrations';
import { editInUnit } from '../../../examples/nuget/edit-in-unit';
import { deleted, pushed, relisted, unlisted, type Edit } from '../../../examples/nuget/edits';
import { Package } from '../../../examples/nuget/entities';
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
  'unit-of-work': 1_300,
  naive: 200,
  serial: 50,
};

/** How often units were told that they have changed the versions of a registration. */
export const editsTold = 'edits that changed something';
export const checksMeanwhile = 'looks at all registrations meanwhile';
export const brokenMoments = 'registrations found broken meanwhile';

/** Each writer looks at all registrations after so many of its operations. */
const checkEvery = 10;

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
    const name = pick(names, random);
    const { kind, edit } = chooseEdit(await findVersions(source, name), random);
    const answer = await keeper.run(kind, () =>
      editPackages(source, name, edit, { isolation, think }),
    );
    if (answer?.hasChanged && variant === 'unit-of-work') keeper.count(editsTold);
    if (done % checkEvery === 0) await checkMeanwhile(source, keeper);
  }
}

/** What a page shows; it may be outdated by the time somebody clicks. */
const findVersions = ({ manager }: DataSource, name: string): Promise<Package[]> =>
  manager.findBy(Package, { registration: { name } });

interface Choice {
  readonly kind: string;
  readonly edit: Edit;
}

/**
 * Something that there is to be done, or so it seems. Now and then all is unlisted: from there on
 * every relist has the flag to set, and none has a row in common with another.
 */
function chooseEdit(shown: readonly Package[], random: () => number): Choice {
  if (random() < 0.1) return { kind: 'unlist all', edit: unlisted(...versions) };
  const version = pick(versions, random);
  const { listed } = shown.find(({ versionSort }) => versionSort === version) ?? {};
  if (listed === undefined) return { kind: 'push', edit: pushed(version) };
  if (random() < 0.1) return { kind: 'delete', edit: deleted(version) };
  if (listed) return { kind: 'unlist', edit: unlisted(version) };
  return { kind: 'relist', edit: relisted(version) };
}

/** One statement sees one moment, so no writer has to stop for it. */
async function checkMeanwhile(source: DataSource, keeper: TallyKeeper): Promise<void> {
  const broken = await findBrokenRegistrations(source);
  keeper.count(brokenMoments, broken.length);
  keeper.count(checksMeanwhile);
}

function pick<T>(values: readonly T[], random: () => number): T {
  // The index is always one of the values.
  return values[Math.floor(random() * values.length)] as T;
}
