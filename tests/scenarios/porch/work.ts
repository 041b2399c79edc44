import type { DataSource } from 'typeorm';

import { seededRandom } from '../harness/random';
import { TallyKeeper } from '../harness/tally-keeper';
import type { Share, Tally, Variant } from '../scenario';
import { Writer } from './writer';

const writers = 8;

/** Operations of each writer: five times what first showed how naive code corrupts. */
const fullSize: Readonly<Record<Variant, number>> = {
  'unit-of-work': 300,
  // PostgreSQL waits a second before it calls a wait a deadlock, and there are many.
  naive: 50,
  serial: 20,
};

const lookEvery = 10;

export async function work(source: DataSource, share: Share): Promise<Tally> {
  const keeper = new TallyKeeper();
  const own = Array.from({ length: writers }, (_, index) => index).filter(
    (index) => index % share.processes === share.process,
  );
  const run = async (index: number) => {
    const random = seededRandom(share.seed + 1_000 * index);
    const writer = new Writer(source, share, `writer-${index}`, random, keeper);
    for (let done = 1; done <= fullSize[share.variant] * share.size; done++) {
      await writer.act();
      if (done % lookEvery === 0) await writer.lookAtAll();
    }
  };
  if (share.variant === 'serial') for (const index of own) await run(index);
  else await Promise.all(own.map(run));
  return keeper.tally();
}
