import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';
import type { UnitOfWork } from './unit-of-work';

const storage = new AsyncLocalStorage<readonly UnitOfWork[]>();

/** Runs a function in which the unit is the open one of its data source. */
export function runInside<T>(unit: UnitOfWork, work: () => Promise<T>): Promise<T> {
  return storage.run([...(storage.getStore() ?? []), unit], work);
}

/**
 * The unit that is open here, the innermost one if there are several; a unit that has ended is none.
 *
 * For code that is called by a unit's function and not handed the unit, such as a subscriber.
 *
 * @example
 *   currentUnitOfWork()?.afterCommit(() => search.index(article));
 */
export function currentUnitOfWork(): UnitOfWork | undefined {
  return (storage.getStore() ?? []).findLast((unit) => unit.isOpen);
}

/**
 * Runs a function that no unit is open for: a rival in a test, a row that must stay although the
 * unit is rolled back. It takes connections of its own.
 *
 * @example
 *   await outsideUnitOfWork(() => unitOfWork(dataSource, async audit => audit.add(attempted)));
 */
export function outsideUnitOfWork<T>(work: () => Promise<T>): Promise<T> {
  return storage.run([], work);
}

export function isUnitOpen(dataSource: DataSource): boolean {
  return (storage.getStore() ?? []).some((unit) => unit.isOpen && unit.dataSource === dataSource);
}
