import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';

/** A unit as the ambient scope knows it. */
export interface OpenUnit {
  readonly dataSource: DataSource;
  readonly isOpen: boolean;
}

const storage = new AsyncLocalStorage<readonly OpenUnit[]>();

/** Runs a function in which the unit is the open one of its data source. */
export function runInside<T>(unit: OpenUnit, work: () => Promise<T>): Promise<T> {
  return storage.run([...(storage.getStore() ?? []), unit], work);
}

/** Runs a function that no unit is open for. */
export function runOutside<T>(work: () => Promise<T>): Promise<T> {
  return storage.run([], work);
}

export function isUnitOpen(dataSource: DataSource): boolean {
  return (storage.getStore() ?? []).some((unit) => unit.isOpen && unit.dataSource === dataSource);
}
