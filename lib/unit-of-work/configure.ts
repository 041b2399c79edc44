import type { DataSource } from 'typeorm';
import { guardWrites } from '../adapter/guard-writes';
import { joinManager } from '../adapter/join-manager';
import { UsageError } from '../errors/usage-error';
import { openUnitOf } from './ambient';
import { setDefaults } from './context';
import type { UnitOfWorkDefaults } from './defaults';

/** What takes back what was switched on for a data source. */
const switchedOn = new WeakMap<DataSource, readonly (() => void)[]>();

/**
 * Sets the options that units of this data source have unless they say otherwise.
 *
 * A second call replaces the first. `ambient` and `guard` are switched on after `initialize()`.
 *
 * @throws {UsageError} An option is unknown or has no value of its range; or ambient units cannot be had
 *   with this version of TypeORM.
 * @example
 *   configureUnitOfWork(dataSource, { retry: { maxAttempts: 5 }, timeoutMs: 2_000 });
 */
export function configureUnitOfWork(dataSource: DataSource, options: UnitOfWorkDefaults): void {
  setDefaults(dataSource, options);
  for (const switchOff of switchedOn.get(dataSource)?.toReversed() ?? []) switchOff();
  switchedOn.delete(dataSource);
  const { ambient, guard = 'off' } = options;
  if (!ambient && guard === 'off') return;
  if (!dataSource.isInitialized) {
    throw new UsageError('ambient and guard are switched on after dataSource.initialize()');
  }
  const switches: (() => void)[] = [];
  // First the guard: what joins a unit does not come to it.
  if (guard !== 'off') switches.push(guardWrites(dataSource, guard));
  if (ambient) {
    switches.push(joinManager(dataSource, () => openUnitOf(dataSource)?.attempt.manager));
  }
  switchedOn.set(dataSource, switches);
}
