import { UsageError } from '../errors/usage-error';
import type { TrackedEntity } from './tracked-entity';

/**
 * Sets the delete date of an entity, if it has none yet.
 *
 * @returns What takes that back.
 * @throws {UsageError} It has no column for it.
 */
export function removeSoftly(tracked: TrackedEntity): () => void {
  return setDeleteDate(tracked, 'soft-remove', (date) =>
    date === null || date === undefined ? new Date() : date,
  );
}

/** Clears it. */
export function recover(tracked: TrackedEntity): () => void {
  return setDeleteDate(tracked, 'recover', () => null);
}

function setDeleteDate(
  tracked: TrackedEntity,
  by: 'soft-remove' | 'recover',
  next: (date: unknown) => unknown,
): () => void {
  const { model, entity, state, softly } = tracked;
  const column = model.columns.find(({ isDeleteDate }) => isDeleteDate);
  if (!column) {
    throw new UsageError(
      `${model.entityName} cannot be removed softly: it has no @DeleteDateColumn`,
    );
  }
  if (state === 'new' || state === 'removed') {
    const reason = state === 'new' ? 'is not inserted yet' : 'is removed';
    throw new UsageError(
      `a row of ${model.entityName} ${reason}, so its delete date cannot be set`,
    );
  }
  const before = column.read(entity);
  const after = next(before);
  if (after === before) return () => undefined;
  const takeBack = column.remember(entity, () => column.write(entity, after));
  tracked.softly = by;
  return () => {
    tracked.softly = softly;
    takeBack();
  };
}
