import { DataSource } from 'typeorm';

import type { Entities } from '../../setup/database/test-database';
import type { Address } from './workload-job';

// No process of a workload has more writers, and a writer holds one connection at most.
const poolSize = 16;

/** Connects to a database of a workload; the tables may be missing. */
export function openSource({ type, url }: Address, entities: Entities): Promise<DataSource> {
  // TypeORM takes the type from the url where both are given.
  const common = { url: url.replace(/^[^:]+/, type), poolSize, entities: [...entities] };
  return new DataSource({ ...common, type }).initialize();
}
