import type { DataSource } from 'typeorm';

export type Print = (line: string) => void;

/** What every file of examples/ exports. */
export interface Example {
  readonly title: string;
  readonly run: (dataSource: DataSource, print: Print) => Promise<void>;
}
