import { ConcurrencyError } from '../errors/concurrency-error';
import type { FlushContext } from '../flush/flush-context';
import type { IdentityMap } from '../tracking/identity-map';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion, WriteSet } from '../write-set/change';
import { assertionOf, collectChanges } from '../write-set/collect-changes';
import { planLocks, withoutReasons, type LockBatch } from '../write-set/lock-plan';

/** An attempt that has lost its race and was undone; its new objects are not disowned yet. */
interface Lost {
  readonly flushContext: Pick<FlushContext, 'map'>;
  /** What its user had locked. */
  readonly locked: readonly Assertion[];
  /** What it had locked before it read. */
  readonly lockedFirst: readonly LockBatch[];
}

const lockSets = new WeakMap<object, readonly LockBatch[]>();

/**
 * Remembers, under the error of an attempt, the rows that the next one locks if its policy says so: all
 * that it was going to write, had asserted or had locked; else all that it tracked; else, if it did not
 * even come to read, what it had to lock itself.
 */
export function rememberLockSet(error: unknown, { flushContext, locked, lockedFirst }: Lost): void {
  if (!ConcurrencyError.is(error)) return;
  const { map } = flushContext;
  const { writes, assertions } = changesOf(map);
  const known = new Set([...writes, ...assertions].map(({ tracked }) => tracked));
  const others = error.conflicts
    .map(({ entity }) => map.get(entity as object))
    .filter((tracked) => tracked !== undefined && !known.has(tracked));
  const changed = planLocks({
    writes,
    assertions: [...assertions, ...locked, ...others.flatMap(lockOf)],
  });
  const plan = changed.length > 0 ? changed : planTracked(map);
  lockSets.set(error, withoutReasons(plan.length > 0 ? plan : lockedFirst));
}

/** What the attempt that failed so leaves to be locked. */
export function lockSetOf(error: object | undefined): readonly LockBatch[] {
  return (error && lockSets.get(error)) ?? [];
}

/** An attempt may have failed because what was changed cannot be written. */
function changesOf(map: IdentityMap): Pick<WriteSet, 'writes' | 'assertions'> {
  try {
    return collectChanges(map);
  } catch {
    return { writes: [], assertions: [] };
  }
}

function planTracked(map: IdentityMap): LockBatch[] {
  return planLocks({ writes: [], assertions: map.all().flatMap(lockOf) });
}

function lockOf(tracked: TrackedEntity | undefined): Assertion[] {
  const isRow = tracked?.key !== undefined && tracked.state !== 'new';
  // A view has no rows of its own.
  if (!isRow || tracked.model.readOnlyReason !== undefined) return [];
  return [assertionOf(tracked, 'lock', 'update')];
}
