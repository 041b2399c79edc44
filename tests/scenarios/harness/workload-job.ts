import type { Share, Tally } from '../scenario';

/** What another process needs in order to use a database. */
export interface Address {
  readonly type: 'postgres' | 'mariadb' | 'mysql';
  readonly url: string;
}

/** What a process of a workload is told; it must survive serialisation. */
export interface WorkloadJob {
  /** The name of a scenario of scenarios.ts. */
  readonly scenario: string;
  readonly address: Address;
  readonly share: Share;
}

export type WorkloadMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'tally'; readonly tally: Tally }
  | { readonly type: 'error'; readonly message: string };
