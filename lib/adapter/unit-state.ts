import { TransactionFailedError } from '../errors/transaction-failed-error';
import { UnitClosedError } from '../errors/unit-closed-error';

/** open: statements go out. sealed: none of the unit's any more. committed: listeners may still read. */
export type UnitState = 'open' | 'sealed' | 'committed' | 'released';

/** @throws {UnitClosedError | TransactionFailedError} No statement of the unit may go out. */
export function refuseUse(state: UnitState, failure: { readonly error: unknown } | undefined) {
  if (state === 'committed' || (state === 'open' && !failure)) return;
  if (!failure) throw new UnitClosedError('The unit of work has ended');
  throw new TransactionFailedError('The unit of work has failed already; see cause', {
    cause: failure.error,
  });
}
