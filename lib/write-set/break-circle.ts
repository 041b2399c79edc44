import type { ReferenceModel } from '../model/entity-model';
import type { Insert, Update, Write } from './change';

/**
 * Takes one foreign key out of a circle of new rows: it is inserted as NULL and set by an update, when
 * the row that it points to is there.
 *
 * @returns The writes with two in the place of one; `undefined` if no key of the circle may be NULL.
 */
export function breakCircle(
  writes: readonly Write[],
  blocked: readonly Write[],
): Write[] | undefined {
  const inserts = blocked.filter((write): write is Insert => write.operation === 'insert');
  const entities = new Set(inserts.map(({ tracked }) => tracked.entity));
  for (const insert of inserts) {
    const reference = insert.tracked.model.references.find((one) => canWait(one, insert, entities));
    if (!reference) continue;
    const others = writes.filter((write) => write !== insert);
    return [...others, ...inTwoSteps(insert, reference)];
  }
  return undefined;
}

function canWait(
  { columns, isNullable, related }: ReferenceModel,
  { tracked: { entity }, columns: inserted }: Insert,
  entities: ReadonlySet<object>,
): boolean {
  const target = related(entity);
  const isInCircle = target !== undefined && target !== entity && entities.has(target);
  const isFree = columns.every((column) => inserted.includes(column) && !column.isKey);
  return isNullable && isInCircle && isFree && columns.every((column) => column.isUpdatable);
}

function inTwoSteps(insert: Insert, { columns }: ReferenceModel): [Insert, Update] {
  const { tracked } = insert;
  const first = insert.columns.filter((column) => !columns.includes(column));
  const second: Update = {
    operation: 'update',
    tracked,
    // Known when the first step is done.
    get key() {
      return tracked.key ?? [];
    },
    expected: null,
    moves: false,
    columns,
    values: columns.map(() => undefined),
    added: [],
  };
  return [{ ...insert, columns: first }, second];
}
