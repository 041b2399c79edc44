import { installMikroOrm } from '../mikro-orm/installation';
import { openMikroOrm } from '../mikro-orm/mikro-orm';
import { openHandWritten, openHandWrittenShort } from '../peers/hand-written';
import type { Peer, PeerName, Target } from '../peers/peer';
import { openTypeOrm03, openTypeOrm1 } from '../peers/typeorm';
import { openUnitOfWork } from '../peers/unit-of-work';

/** The peers that take part, by name, all on one target. */
export type Lineup = ReadonlyMap<PeerName, Peer>;

type Open = (target: Target) => Peer | Promise<Peer>;

/** How each peer is opened; one that could not be had is missing. */
export type Doors = ReadonlyMap<PeerName, Open>;

const doors: ReadonlyMap<PeerName, Open> = new Map<PeerName, Open>([
  ['hand-written', openHandWritten],
  ['hand-written-short', openHandWrittenShort],
  ['unit-of-work', openUnitOfWork],
  ['typeorm-1', openTypeOrm1],
  ['typeorm-0.3', openTypeOrm03],
]);

/** Finds the peers; says why one is left out. */
export async function findPeers(
  names: readonly PeerName[],
  say: (line: string) => void,
): Promise<Doors> {
  const found = new Map([...doors].filter(([name]) => names.includes(name)));
  if (!names.includes('mikro-orm')) return found;
  try {
    const installation = await installMikroOrm(say);
    return found.set('mikro-orm', (target) => openMikroOrm(installation, target));
  } catch (error) {
    say(`MikroORM is left out: ${(error as Error).message}`);
    return found;
  }
}

export async function openLineup(doors: Doors, target: Target): Promise<Lineup> {
  const lineup = new Map<PeerName, Peer>();
  try {
    for (const [name, open] of doors) lineup.set(name, await open(target));
    return lineup;
  } catch (error) {
    await closeLineup(lineup);
    throw error;
  }
}

export async function closeLineup(lineup: Lineup): Promise<void> {
  await Promise.all([...lineup.values()].map((peer) => peer.close()));
}
