/**
 * Whatever this library itself has to say.
 *
 * Errors of a driver that were not diagnosed pass through as they are.
 */
export abstract class UnitOfWorkError extends Error {
  /** Stable text to switch on, the same in every copy of the package. */
  abstract readonly code: string;
}
