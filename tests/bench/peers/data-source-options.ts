import type { DataSourceOptions, EntitySchema } from 'typeorm';

import type { Target } from './peer';

/** Connections of pg's pool that rest while others are measured are kept: none opens in a sample. */
export const patience = { idleTimeoutMillis: 0 };

export function optionsOf(
  { engine, url }: Target,
  entities: EntitySchema[],
  poolSize = 2,
): DataSourceOptions {
  // TypeORM takes the type from the url where both are given.
  const own = url.replace(/^[^:]+/, engine);
  const extra = engine === 'postgres' ? { extra: patience } : {};
  return { type: engine, url: own, poolSize, entities, ...extra };
}
