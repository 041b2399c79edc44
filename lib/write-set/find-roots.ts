import { UsageError } from '../errors/usage-error';
import type { EntityKey } from '../model/entity-key';
import type { ReferenceModel } from '../model/entity-model';
import type { Write } from './change';

/** The aggregate root that a written part belongs to, or belonged to before the write. */
export interface Root {
  readonly reference: ReferenceModel;
  /** `undefined`: not known. */
  readonly key: EntityKey | undefined;
  /** The related object, if there is one. */
  readonly entity: object | undefined;
  /** Whether the part belonged to it when it was read. */
  readonly isOld: boolean;
}

/**
 * The roots of a written part: of the row as it was and as it will be. A part that moves has two.
 *
 * @throws {UsageError} A new part points to no root although it must.
 */
export function rootsOf(write: Write): Root[] {
  return write.tracked.model.references.flatMap((reference) => {
    if (!reference.guard) return [];
    if (write.operation === 'insert') return rootAfter(write, reference);
    const isRepointed = repoints(write, reference);
    const before = rootBefore(write, reference, isRepointed);
    return isRepointed ? [...before, ...rootAfter(write, reference)] : before;
  });
}

function repoints(write: Write, { columns }: ReferenceModel): boolean {
  return write.operation === 'update' && columns.some((column) => write.columns.includes(column));
}

function rootBefore(
  { operation, tracked: { snapshot, entity } }: Write,
  reference: ReferenceModel,
  isRepointed: boolean,
): Root[] {
  const known = reference.columns.map(({ index }) => snapshot[index]);
  if (known.includes(null)) return [];
  const isKnown = !known.includes(undefined);
  // The value itself, where the entity still has it: a snapshot keeps what identifies it.
  const now = reference.columns.map((column) => column.read(entity));
  const isHeld = operation === 'update' && !isRepointed && !now.includes(undefined);
  const key = isHeld ? now : known;
  return [{ reference, key: isKnown ? key : undefined, entity: undefined, isOld: true }];
}

function rootAfter({ tracked: { entity, model } }: Write, reference: ReferenceModel): Root[] {
  const related = reference.related(entity);
  const key = reference.columns.map((column) => column.read(entity));
  const isUnset = !related && (key.includes(null) || key.includes(undefined));
  if (!isUnset) {
    const isKnown = !key.includes(null) && !key.includes(undefined);
    return [{ reference, key: isKnown ? key : undefined, entity: related, isOld: false }];
  }
  if (reference.isNullable) return [];
  throw new UsageError(
    `a ${model.entityName} needs its ${reference.propertyPath}: it is a part of ` +
      `${reference.target().entityName}, and the relation is not nullable`,
  );
}
