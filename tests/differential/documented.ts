import { UsageError } from '../../lib/index';

/**
 * What a unit refuses and `save()` does not: it decides by the order in which it was given the objects, or
 * leaves out what it was not given. Each is a difference that has a test in differences.test.ts.
 */
const refused: readonly RegExp[] = [
  /^an entity was put into both /,
  / points to an object that is not saved: /,
  / holds an object that the unit does not know: /,
];

export function isDocumented(failure: Error): boolean {
  return failure instanceof UsageError && refused.some((reason) => reason.test(failure.message));
}
