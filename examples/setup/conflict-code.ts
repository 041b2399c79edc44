import { QueryFailedError } from 'typeorm';

/** Duplicate key, deadlock, lock timeout, stale snapshot. */
const postgres: readonly unknown[] = ['23505', '40001', '40P01', '55P03'];
const mySql: readonly unknown[] = [1062, 1213, 1205, 1020];

/** The database's code for what `save()` meets when a rival was faster; undefined for all else. */
export function conflictCode(error: unknown): string | undefined {
  if (!(error instanceof QueryFailedError)) return undefined;
  const { code, errno } = error.driverError as { readonly code?: string; readonly errno?: number };
  if (postgres.includes(code)) return code;
  return mySql.includes(errno) ? String(errno) : undefined;
}
