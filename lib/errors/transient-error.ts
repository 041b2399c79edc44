import type { GaveUpBy } from './gave-up-by';
import { UnitOfWorkError } from './unit-of-work-error';

/**
 * The infrastructure failed before COMMIT was sent: the connection was lost, the server is
 * restarting or has too many clients. Nothing was stored; the driver's error is `cause`.
 */
export class TransientError extends UnitOfWorkError {
  override readonly name = 'TransientError';
  readonly code = 'UNIT_OF_WORK_TRANSIENT';
  /** How often the function ran, the first run included. */
  attempts = 1;
  /** Why no further attempt was made. */
  gaveUp?: string;
  /** Who said so. */
  gaveUpBy?: GaveUpBy;
}
