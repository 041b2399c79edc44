import { UnitOfWorkError } from './unit-of-work-error';

/** The unit was given up before COMMIT was sent, by its `signal` or its `timeoutMs`. Nothing was stored. */
export class UnitAbortedError extends UnitOfWorkError {
  override readonly name = 'UnitAbortedError';
  readonly code = 'UNIT_OF_WORK_ABORTED';
  readonly reason: 'signal' | 'timeout';

  constructor(reason: 'signal' | 'timeout', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
