import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { mikroOrmVersion } from '../mikro-orm/installation';
import type { PeerName } from '../peers/peer';

/** The programs that peers are, with their versions; the databases tell theirs themselves. */
export function versionsOf(names: Iterable<PeerName>): Record<string, string> {
  const versions: Record<string, string> = { 'Node.js': process.versions.node };
  for (const name of names) {
    if (name === 'hand-written') {
      versions['pg'] = versionOf('pg');
      versions['mysql2'] = versionOf('mysql2');
    }
    if (name === 'typeorm-1') versions['TypeORM 1'] = versionOf('typeorm');
    if (name === 'typeorm-0.3') versions['TypeORM 0.3'] = versionOf('typeorm-03');
    if (name === 'mikro-orm') versions['MikroORM'] = mikroOrmVersion;
  }
  return versions;
}

function versionOf(name: string): string {
  // Read as a file: not every package lets its manifest be required.
  const manifest = join(__dirname, '../../../node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
