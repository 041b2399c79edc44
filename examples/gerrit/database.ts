import { DataSource } from 'typeorm';
import { Change, LedgerEntry, PatchSet } from './entities';

export type DatabaseType = 'postgres' | 'mariadb';

/** What another process needs in order to use the database of a run. */
export interface Address {
  readonly type: DatabaseType;
  readonly url: string;
}

export const changeCount = 20;

export function openDatabase({ type, url }: Address, poolSize: number): Promise<DataSource> {
  // TypeORM takes the type from the url where both are given.
  const common = { url: url.replace(/^[^:]+/, type), poolSize };
  const entities = [Change, PatchSet, LedgerEntry];
  return new DataSource({ ...common, type, entities }).initialize();
}

/** Creates the tables and changes 1 to `changeCount`, each with its first patch set. */
export async function fillDatabase(dataSource: DataSource): Promise<void> {
  await dataSource.synchronize();
  const ids = Array.from({ length: changeCount }, (_, index) => index + 1);
  await dataSource.manager.insert(
    Change,
    ids.map((changeId) => ({ changeId, currentPatchSetId: 1 })),
  );
  await dataSource.manager.insert(
    PatchSet,
    ids.map((changeId) => ({ changeId, patchSetId: 1, revision: 'first' })),
  );
}
