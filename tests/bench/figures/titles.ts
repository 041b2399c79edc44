import type { BenchEngine } from '../cells';
import type { PeerName } from '../peers/peer';

const peerTitles: Readonly<Record<PeerName, string>> = {
  'hand-written': 'by hand',
  'hand-written-short': 'by hand, autocommit',
  'unit-of-work': 'this library',
  'typeorm-1': 'TypeORM 1',
  'typeorm-0.3': 'TypeORM 0.3',
  'mikro-orm': 'MikroORM',
};

/** What a reader calls a peer. */
export const peerTitle = (name: PeerName): string => peerTitles[name];

export const engineTitle = (engine: BenchEngine): string =>
  engine === 'postgres' ? 'PostgreSQL' : 'MariaDB';

/** Programs with their versions, separated by commas. */
export const describeVersions = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    // Both are called TypeORM, and their versions say the rest.
    .map(([name, version]) => `${name.replace(/^(TypeORM) .*/, '$1')} ${version}`)
    .join(', ');
