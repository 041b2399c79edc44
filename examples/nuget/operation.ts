import type { DataSource } from 'typeorm';
import type { IsolationLevel } from '../../lib/index';
import type { Edit } from './edits';

export interface OperationOptions {
  /** Default: READ COMMITTED. */
  readonly isolation?: IsolationLevel | undefined;
  /** Takes place between what is read and what is written. */
  readonly think?: (() => Promise<unknown>) | undefined;
}

/** What an operation did. */
export interface Done {
  /** How often it ran. */
  readonly attempts: number;
  /** Whether it found something to do. */
  readonly hasChanged: boolean;
}

/** Edits the versions of the registration of that name. */
export type EditPackages = (
  dataSource: DataSource,
  name: string,
  edit: Edit,
  options?: OperationOptions,
) => Promise<Done>;
