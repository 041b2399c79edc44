import type { DataSource } from 'typeorm';

/** What a pool's options say of it. */
export interface PoolOptions {
  /** How many connections it has. */
  readonly width: number;
  /**
   * How long it lets somebody wait for one, in milliseconds; 0: for ever. Where others than units use
   * the pool as well, a unit may wait as long again in the pool's own line.
   */
  readonly patienceMs: number;
}

/**
 * What TypeORM gives its driver's pool. A pool of mysql2 that refuses whoever finds too many waiting does
 * so by itself.
 *
 * @see https://node-postgres.com/apis/pool
 * @see https://sidorares.github.io/node-mysql2/docs/examples/connections/create-pool
 */
export function poolOptionsOf(driver: DataSource['driver']): PoolOptions {
  const options: GivenOptions = driver.options;
  const { extra, poolSize, connectTimeoutMS, replication } = options;
  if (options.type === 'postgres') {
    const pool = { max: poolSize, connectionTimeoutMillis: connectTimeoutMS, ...extra };
    const width = Number(pool.max) || Number(extra?.['poolSize']) || 10;
    return { width, patienceMs: pool.connectionTimeoutMillis ?? 0 };
  }
  const size = replication?.master?.poolSize ?? poolSize ?? 10;
  const pool: Readonly<Record<string, unknown>> = { connectionLimit: size, ...extra };
  const { queueLimit, waitForConnections = true } = pool;
  const isPatient = !queueLimit && Boolean(waitForConnections);
  const width = Number(pool['connectionLimit']);
  return { width: isPatient && width > 0 ? width : Infinity, patienceMs: 0 };
}

interface GivenOptions {
  readonly type?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly poolSize?: number;
  readonly connectTimeoutMS?: number;
  readonly replication?: { readonly master?: { readonly poolSize?: number } };
}
