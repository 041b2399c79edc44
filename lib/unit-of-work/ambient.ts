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
  readonly open: readonly Held[];
  /** Those that run this code, whether they are open for it or not. */
  readonly around: readonly Held[];
}

/** Emptied when the unit has ended: whatever was begun in it, a connection or a timer, keeps its surroundings. */
interface Held {
  opened: OpenUnit | undefined;
}

const helds = new WeakMap<Attempt, Held>();

const nothing: Surroundings = { open: [], around: [] };
const storage = new AsyncLocalStorage<Surroundings>();

/** Runs a function in which the unit is the open one of its data source. */
export function runInside<T>(opened: OpenUnit, work: () => Promise<T>): Promise<T> {
  const { open, around } = storage.getStore() ?? nothing;
  let held = helds.get(opened.attempt);
  if (!held) helds.set(opened.attempt, (held = { opened }));
  const isHeld = (one: Held) => one.opened !== undefined;
  const surroundings = {
    open: [...open.filter(isHeld), held],
    around: [...around.filter(isHeld), held],
  };
  return storage.run(surroundings, work);
}

/** Forgets an attempt that has ended, and with it everything that it has loaded. */
export function letGo(attempt: Attempt): void {
  const held = helds.get(attempt);
  if (held) held.opened = undefined;
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
  return storage.getStore()?.open.findLast(({ opened }) => opened?.attempt.isOpen)?.opened?.unit;
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
    ?.open.findLast(({ opened }) => opened?.attempt.isOpen && opened.attempt.home === dataSource)
    ?.opened;
}

/** Whether a unit runs this code, which is then likely to wait for it. */
export function isInUnit(): boolean {
  return storage.getStore()?.around.some(({ opened }) => opened?.attempt.isOpen) ?? false;
}

/** Whether this code is run by a unit for whose end others wait, or would wait if they came. */
export function isInPlace(): boolean {
  return (
    storage.getStore()?.around.some(({ opened }) => opened?.attempt.queuePlace.isInPlace) ?? false
  );
}
