import { keyId } from '../model/entity-key';
import type { ColumnModel, EntityModel, ReferenceModel, UniqueModel } from '../model/entity-model';
import { fingerprint, type Fingerprint } from '../model/fingerprint';
import { groupBy } from '../support/group-by';
import type { Write } from './change';

/** For each write the writes that must come before it. */
export type Dependencies = Map<Write, Set<Write>>;

/**
 * What constraints demand of the order: parents are inserted before their children, children are
 * deleted or re-pointed before their parents, a unique value is freed before it is taken.
 */
export function findDependencies(writes: readonly Write[]): Dependencies {
  const dependencies: Dependencies = new Map(writes.map((write) => [write, new Set()]));
  const add = (before: Write, after: Write) => {
    if (before !== after) dependencies.get(after)?.add(before);
  };
  parentsFirst(writes, add);
  childrenFirst(writes, add);
  freeBeforeTake(writes, add);
  return dependencies;
}

type AddDependency = (before: Write, after: Write) => void;

function parentsFirst(writes: readonly Write[], add: AddDependency): void {
  const inserts = writes.filter((write) => write.operation === 'insert');
  if (inserts.length === 0) return;
  const byEntity = new Map(inserts.map((write) => [write.tracked.entity, write]));
  const byRow = groupBy(inserts, (write) => keyInTable(write.tracked.model, write));
  for (const write of writes) {
    if (write.operation === 'delete') continue;
    for (const reference of write.tracked.model.references) {
      const related = reference.related(write.tracked.entity);
      const parent = related && byEntity.get(related);
      if (parent) add(parent, write);
      else for (const row of byRow.get(newTarget(write, reference)) ?? []) add(row, write);
    }
  }
}

function childrenFirst(writes: readonly Write[], add: AddDependency): void {
  const deletes = writes.filter((write) => write.operation === 'delete');
  if (deletes.length === 0) return;
  const byRow = groupBy(deletes, (write) => keyInTable(write.tracked.model, write));
  const byTable = groupBy(deletes, (write) => write.tracked.model.tableName);
  for (const write of writes) {
    if (write.operation === 'insert') continue;
    for (const reference of write.tracked.model.references) {
      const old = reference.columns.map((column) => write.tracked.snapshot[column.index]);
      // A foreign key that was not loaded may point to any row of its table.
      const parents = old.includes(undefined)
        ? byTable.get(reference.target().tableName)
        : byRow.get(`${reference.target().tableName} ${keyId(old)}`);
      if (write.operation === 'update' && old.includes(undefined)) continue;
      for (const parent of parents ?? []) add(write, parent);
    }
  }
}

function freeBeforeTake(writes: readonly Write[], add: AddDependency): void {
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
function uniqueValues(write: Write, unique: UniqueModel): { before?: string; after?: string } {
  const { model, snapshot, entity } = write.tracked;
  const isUntouched =
    write.operation === 'update' && !unique.watched.some((c) => write.columns.includes(c));
  if (isUntouched) return {};
  const value = (valueOf: (column: ColumnModel) => Fingerprint) => {
    const values = unique.columns.map(valueOf);
    // NULL is equal to nothing, so it can be shared.
    const isHeld = !values.includes(null) && !values.includes(undefined);
    return isHeld && unique.includes(valueOf) ? valueId(model, unique, values) : undefined;
  };
  const before = write.operation === 'insert' ? undefined : value((c) => snapshot[c.index]);
  const after =
    write.operation === 'delete' ? undefined : value((c) => fingerprint(c.read(entity)));
  return { ...(before && { before }), ...(after && { after }) };
}

function valueId(model: EntityModel, unique: UniqueModel, value: readonly Fingerprint[]): string {
  return `${model.tableName} ${unique.name} ${keyId(value)}`;
}

function keyInTable(model: EntityModel, write: Write): string {
  return `${model.tableName} ${keyId(model.key.map((column) => column.read(write.tracked.entity)))}`;
}

function newTarget(write: Write, reference: ReferenceModel): string {
  const values = reference.columns.map((column) => column.read(write.tracked.entity));
  return `${reference.target().tableName} ${keyId(values)}`;
}
