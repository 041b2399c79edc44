import type { DataSource } from 'typeorm';

import type { TestDatabase } from '../setup/on-each-database';
import type { Copies } from './compare';
import { firstDrawnKey, nameOf } from './start';

/** Opens the tables of a database and a second copy of them. */
export async function openCopies(database: TestDatabase): Promise<Copies> {
  const plain = await database.openSource({ entityPrefix: 'plain_', synchronize: true });
  const copies = { plain, unit: database.source };
  for (const source of Object.values(copies)) await drawHigherKeys(database, source);
  return copies;
}

async function drawHigherKeys({ engine }: TestDatabase, source: DataSource): Promise<void> {
  for (const table of ['person', 'comment', 'topic']) {
    const name = nameOf(source, table);
    await source.query(
      engine === 'postgres'
        ? `ALTER SEQUENCE ${name}_id_seq RESTART WITH ${firstDrawnKey}`
        : `ALTER TABLE ${name} AUTO_INCREMENT = ${firstDrawnKey}`,
    );
  }
}
