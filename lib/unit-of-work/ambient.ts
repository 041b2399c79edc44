import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';
import type { Attempt } from './attempt';
import type { UnitOfWork } from './unit-of-work';

/** A unit whose function is running, and the attempt that it is. */
export interface OpenUnit {
  readonly unit: UnitOfWork;
  readonly attempt: Attempt;
}

interface Surroundings {
  /** Units that are open here, the innermost last. */
  readonly open: readonly OpenUnit[];
  /** Those that run this code, whether they are open for it or not. */
  readonly around: readonly OpenUnit[];
}

const nothing: Surroundings = { open: [], around: [] };
const storage = new AsyncLocalStorage<Surroundings>();

/** Runs a function in which the unit is the open one of its data source. */
export function runInside<T>(opened: OpenUnit, work: () => Promise<T>): Promise<T> {
  const { open, around } = storage.getStore() ?? nothing;
  return storage.run({ open: [...open, opened], around: [...around, opened] }, work);
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
  return storage.getStore()?.open.findLast(({ attempt }) => attempt.isOpen)?.unit;
}

/**
 * Runs a function that no unit is open for: a rival in a test, a row that must stay although the
 * unit is rolled back. It takes connections of its own.
 *
 * @example
 *   await outsideUnitOfWork(() => unitOfWork(dataSource, async audit => audit.add(attempted)));
 */
export function outsideUnitOfWork<T>(work: () => Promise<T>): Promise<T> {
  return storage.run({ ...(storage.getStore() ?? nothing), open: [] }, work);
}

/** The unit of a data source that is open here, if there is one. */
export function openUnitOf(dataSource: DataSource): OpenUnit | undefined {
  return storage
    .getStore()
    ?.open.findLast(({ attempt }) => attempt.isOpen && attempt.home === dataSource);
}

/** Whether this code is run by a unit for whose end others wait, or would wait if they came. */
export function isInPlace(): boolean {
  return storage.getStore()?.around.some(({ attempt }) => attempt.queuePlace.isInPlace) ?? false;
}
