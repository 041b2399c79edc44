import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource } from 'typeorm';

import { configureUnitOfWork, currentUnitOfWork } from '../../../lib/index';

const running = new AsyncLocalStorage<{ attempts: number }>();

/** Lets `measure` see the attempts of the units of a data source; their policy is the library's. */
export function makeMeasurable(source: DataSource): void {
  configureUnitOfWork(source, {
    onBegin: async () => {
      const measured = running.getStore();
      if (measured) measured.attempts = currentUnitOfWork()?.attempt ?? 1;
    },
  });
}

export interface Measured<T> {
  readonly value: T;
  /** Of its unit; 1 of what is none. */
  readonly attempts: number;
}

export function measure<T>(operation: () => Promise<T>): Promise<Measured<T>> {
  const measured = { attempts: 1 };
  return running.run(measured, async () => ({ value: await operation(), ...measured }));
}
