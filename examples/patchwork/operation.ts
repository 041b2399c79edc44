import type { DataSource } from 'typeorm';
import type { IsolationLevel } from '../../lib/index';
import type { Mail } from './mail';

/** What a parser is about to write, after it has read what there is. */
export type Step =
  'insert person' | 'rename person' | 'insert patch' | 'insert series' | 'change series';

export interface OperationOptions {
  /** Default: READ COMMITTED. */
  readonly isolation?: IsolationLevel | undefined;
  /** Takes place between what is read and what is written. */
  readonly think?: ((step: Step) => Promise<unknown>) | undefined;
}

/** What became of a mail. */
export interface Parsed {
  /** How often the parser ran. */
  readonly attempts: number;
  /** False of a mail that was stored before. */
  readonly isNew: boolean;
}

/** Stores one mail, and makes or changes its author and its series as needed. */
export type ParseMail = (
  dataSource: DataSource,
  mail: Mail,
  options?: OperationOptions,
) => Promise<Parsed>;
