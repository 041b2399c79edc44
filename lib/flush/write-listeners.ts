import type { Write } from '../write-set/change';

/** Whoever wants to know of writes: entity listeners and subscribers. What they throw ends the flush. */
export interface WriteListeners {
  /** @returns Whether anybody listened: what changed must be compared again then. */
  before(writes: readonly Write[]): Promise<boolean>;
  after(writes: readonly Write[]): Promise<void>;
  /** Whether anybody would be told once a write is sent, and may still refuse it. */
  hearAfter(writes: readonly Write[]): boolean;
}
