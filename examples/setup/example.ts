import type { DataSource } from 'typeorm';

export type Print = (line: string) => void;

/** What every file of examples/, and the example.ts of every folder there, exports. */
export interface Example {
  readonly title: string;
  /** What it stores; Account and Product unless given. */
  readonly entities?: readonly Function[];
  /** Shows something, and throws if it did not end as it should. The tables exist and are empty. */
  readonly run: (dataSource: DataSource, print: Print) => Promise<void>;
}
