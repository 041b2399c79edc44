import { UsageError } from '../../lib/index';

/**
 * What a unit refuses and `save()` does not: it decides by the order in which it was given the objects.
 *
 * Each has a test of its own in differences.test.ts.
 */
const refused: readonly RegExp[] = [/^an entity was put into both /];

export function isDocumented(failure: Error): boolean {
  return failure instanceof UsageError && refused.some((reason) => reason.test(failure.message));
}
