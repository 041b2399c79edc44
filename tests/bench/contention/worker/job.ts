import type { Target } from '../../peers/peer';
import type { PolicyName } from '../policies/policy';

/** What one process does in a sample; it must survive serialisation. */
export interface Job {
  readonly policy: PolicyName;
  readonly target: Target;
  readonly connections: number;
  /** 0 in the open loop. */
  readonly writers: number;
  /** Units that arrive in a second; 0 in the closed loop. */
  readonly perSecond: number;
  /** The accounts have the keys 1 to this one. */
  readonly rows: number;
  readonly picks: number;
  /** Accounts that no other process changes, as many as a unit picks. */
  readonly ownKeys: readonly number[];
  readonly warmUpMs: number;
  readonly ms: number;
  /** What chance begins with. */
  readonly seed: number;
}

/** What was sent for some units. */
export interface Sent {
  readonly statements: number;
  readonly lockingReads: number;
}

/** What one process saw. */
export interface Report {
  /** All units that changed something, also before and after the time that is measured. */
  readonly committed: number;
  /** Units that each writer committed in that time. */
  readonly finished: readonly number[];
  /** Milliseconds of each committed unit that began in it, from its first attempt or when it was due. */
  readonly latencies: readonly number[];
  /** Of all units together, and of the one that needed most. */
  readonly attempts: number;
  readonly mostAttempts: number;
  /** Units that were given up, by what their users were told. */
  readonly refused: Readonly<Record<string, number>>;
  /** For all units. */
  readonly sent: Sent;
  /** For one that nobody disturbs. */
  readonly sentAlone: Sent;
}
