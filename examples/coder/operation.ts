import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from '../../lib/index';

/** How an operation is run. */
export interface OperationOptions {
  /** Default: READ COMMITTED. */
  readonly isolation?: IsolationLevel | undefined;
  /** Takes place between what is read and what is written. */
  readonly think?: (manager: EntityManager) => Promise<unknown>;
}

/** Wakes the workers: somebody has ordered a job. */
export type Notify = (jobId: number) => unknown;
