import type { ColumnModel, ReferenceModel, UniqueModel } from '../model/entity-model';
import { fingerprint, type Fingerprint } from '../model/fingerprint';
import { foldedId, uniqueValueId } from '../model/unique-value';
import { groupBy } from '../support/group-by';
import type { Insert, Write } from './change';

/** For each write that must wait, the writes that come before it. */
export type Dependencies = Map<Write, Set<Write>>;

/**
 * What constraints demand of the order: parents are inserted before their children, children are
 * deleted or re-pointed before their parents, a unique value is freed before it is taken.
 */
export function findDependencies(writes: readonly Write[]): Dependencies {
  const dependencies: Dependencies = new Map();
  const add = (before: Write, after: Write) => {
    if (before === after) return;
    const known = dependencies.get(after);
    if (known) known.add(before);
    else dependencies.set(after, new Set([before]));
  };
  parentsFirst(writes, add);
  childrenFirst(writes, add);
  freeBeforeTake(writes, add);
  return dependencies;
}

type AddDependency = (before: Write, after: Write) => void;

function parentsFirst(writes: readonly Write[], add: AddDependency): void {
  const inserts = writes.filter((write) => write.operation === 'insert');
  if (inserts.length === 0 || !writes.some(hasReferences)) return;
  const byEntity = new Map(inserts.map((write) => [write.tracked.entity, write]));
  const rows = new RowIndex(inserts, ({ tracked }, column) => column.read(tracked.entity));
  for (const write of writes) {
    if (write.operation === 'delete') continue;
    const { model, entity } = write.tracked;
    // The second step of an insert.
    const own = write.operation === 'update' ? byEntity.get(entity) : undefined;
    if (own) add(own, write);
    for (const reference of model.references) {
      if (write.operation === 'insert' && isLeftOut(reference, write)) continue;
      const related = reference.related(entity);
      const parent = related && byEntity.get(related);
      const values = reference.columns.map((column) => column.read(entity));
      for (const row of parent ? [parent] : rows.find(reference, values)) add(row, write);
    }
  }
}

/** A foreign key that is set by a second step. */
function isLeftOut({ columns, related }: ReferenceModel, { tracked, columns: inserted }: Insert) {
  return related(tracked.entity) && !columns.some((column) => inserted.includes(column));
}

function childrenFirst(writes: readonly Write[], add: AddDependency): void {
  const deletes = writes.filter((write) => write.operation === 'delete');
  if (deletes.length === 0 || !writes.some(hasReferences)) return;
  const rows = new RowIndex(deletes, ({ tracked }, column) => tracked.snapshot[column.index]);
  for (const write of writes) {
    if (write.operation === 'insert') continue;
    const { model, snapshot } = write.tracked;
    for (const reference of model.references) {
      const old = reference.columns.map((column) => snapshot[column.index]);
      for (const parent of rows.find(reference, old)) add(write, parent);
    }
  }
}

function hasReferences({ tracked }: Write): boolean {
  return tracked.model.references.length > 0;
}

/** Finds rows by the columns that foreign keys refer to: mostly the key, sometimes another unique one. */
class RowIndex {
  readonly #byTable: Map<string, Write[]>;
  readonly #valueOf: (write: Write, column: ColumnModel) => unknown;
  readonly #indexes = new Map<string, Map<string, Write[]>>();

  constructor(writes: readonly Write[], valueOf: (write: Write, column: ColumnModel) => unknown) {
    this.#byTable = groupBy(writes, (write) => write.tracked.model.tableName);
    this.#valueOf = valueOf;
  }

  find({ target, referencedNames }: ReferenceModel, values: readonly unknown[]): readonly Write[] {
    // Nothing is referred to by NULL, and what is not known yet is found by its object.
    if (values.includes(undefined) || values.includes(null)) return [];
    const { tableName } = target();
    const id = JSON.stringify([tableName, referencedNames]);
    let index = this.#indexes.get(id);
    if (!index) {
      const rows = this.#byTable.get(tableName) ?? [];
      index = groupBy(rows, (write) => foldedId(this.#valuesOf(write, referencedNames)));
      this.#indexes.set(id, index);
    }
    return index.get(foldedId(values)) ?? [];
  }

  #valuesOf(write: Write, names: readonly string[]): unknown[] {
    const { columns } = write.tracked.model;
    return names.map((name) => {
      const column = columns.find(({ databaseName }) => databaseName === name);
      return column && this.#valueOf(write, column);
    });
  }
}

function freeBeforeTake(writes: readonly Write[], add: AddDependency): void {
  const frees = writes.some(({ operation }) => operation !== 'insert');
  const takes = writes.some(({ operation }) => operation !== 'delete');
  if (!frees || !takes) return;
  const freed = new Map<string, Write>();
  for (const write of writes) {
    for (const unique of write.tracked.model.uniques) {
      const { before, after } = uniqueValues(write, unique);
      if (before !== undefined && before !== after) freed.set(before, write);
    }
  }
  if (freed.size === 0) return;
  for (const write of writes) {
    for (const unique of write.tracked.model.uniques) {
      const { before, after } = uniqueValues(write, unique);
      const holder = after !== undefined && after !== before ? freed.get(after) : undefined;
      if (holder) add(holder, write);
    }
  }
}

/** The unique value that a row holds before and after a write; `undefined`: none. */
interface UniqueValues {
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

const untouched: UniqueValues = {};

function uniqueValues(write: Write, unique: UniqueModel): UniqueValues {
  const { model, snapshot, entity } = write.tracked;
  const isUntouched =
    write.operation === 'update' && !unique.watched.some((c) => write.columns.includes(c));
  if (isUntouched) return untouched;
  const value = (valueOf: (column: ColumnModel) => Fingerprint) => {
    const values = unique.columns.map(valueOf);
    // NULL is equal to nothing, so it can be shared.
    const isHeld = !values.includes(null) && !values.includes(undefined);
    return isHeld && unique.includes(valueOf) ? uniqueValueId(model, unique, values) : undefined;
  };
  const before = write.operation === 'insert' ? undefined : value((c) => snapshot[c.index]);
  const after =
    write.operation === 'delete' ? undefined : value((c) => fingerprint(c.read(entity)));
  return { before, after };
}
