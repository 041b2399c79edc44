import type { EntityManager } from 'typeorm';
import type { IsolationLevel } from '../../lib/index';

export interface OperationOptions {
  /** Default: READ COMMITTED. */
  readonly isolation?: IsolationLevel | undefined;
  /** Takes place between what is read and what is written. */
  readonly think?: ((manager: EntityManager) => Promise<unknown>) | undefined;
}

/** What an operation did. */
export interface Done {
  /** How often it ran. */
  readonly attempts: number;
  /** The tag of the content that it had before its eyes, and replaced. */
  readonly replaced: string | null;
}

export interface LifecycleDone extends Pick<Done, 'attempts'> {
  /** Whether the package was in another state before. */
  readonly hasChanged: boolean;
}
