import { openHandWritten, openHandWrittenShort } from '../peers/hand-written';
import type { Peer, PeerName, Target } from '../peers/peer';
import { openTypeOrm03, openTypeOrm1 } from '../peers/typeorm';
import { openUnitOfWork } from '../peers/unit-of-work';

/** The peers that take part, by name, all on one target. */
export type Lineup = ReadonlyMap<PeerName, Peer>;

type Open = (target: Target) => Peer | Promise<Peer>;

const doors: Readonly<Partial<Record<PeerName, Open>>> = {
  'hand-written': openHandWritten,
  'hand-written-short': openHandWrittenShort,
  'unit-of-work': openUnitOfWork,
  'typeorm-1': openTypeOrm1,
  'typeorm-0.3': openTypeOrm03,
};

export async function openLineup(names: readonly PeerName[], target: Target): Promise<Lineup> {
  const lineup = new Map<PeerName, Peer>();
  try {
    for (const name of names) {
      const peer = await doors[name]?.(target);
      if (peer) lineup.set(name, peer);
    }
    return lineup;
  } catch (error) {
    await closeLineup(lineup);
    throw error;
  }
}

export async function closeLineup(lineup: Lineup): Promise<void> {
  await Promise.all([...lineup.values()].map((peer) => peer.close()));
}
