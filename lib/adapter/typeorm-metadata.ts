import type { EntityMetadata } from 'typeorm';

// TypeORM does not export these types by name.
export type ColumnMetadata = EntityMetadata['columns'][number];
export type RelationMetadata = EntityMetadata['relations'][number];

/** A property that may sit in embedded objects. */
interface Embeddable {
  readonly embeddedMetadata?: { readonly parentPropertyNames: readonly string[] } | undefined;
}

/** The object that holds a property: the entity, or an object embedded in it; `undefined` if that is missing. */
export function holderOf(
  { embeddedMetadata }: Embeddable,
  entity: object,
): Record<string, unknown> | undefined {
  let holder: unknown = entity;
  for (const name of embeddedMetadata?.parentPropertyNames ?? []) {
    if (typeof holder !== 'object' || holder === null) return undefined;
    holder = (holder as Record<string, unknown>)[name];
  }
  const isObject = typeof holder === 'object' && holder !== null;
  return isObject ? (holder as Record<string, unknown>) : undefined;
}

/**
 * The property under which the value of a relation lies.
 *
 * Reading a lazy relation by its own name would load it; TypeORM keeps what was loaded beside it.
 */
export function relationProperty({ isLazy, propertyName }: RelationMetadata): string {
  return isLazy ? `__${propertyName}__` : propertyName;
}

/** What a relation holds, without loading it; `undefined`: not loaded and not set. */
export function relationValue(relation: RelationMetadata, entity: object): unknown {
  return holderOf(relation, entity)?.[relationProperty(relation)];
}

/**
 * Waits for the promise that was assigned to a lazy relation and keeps its value where TypeORM does.
 *
 * An instance made by `new` has the promise as a plain property, a loaded one beside it.
 */
export async function settleLazyRelation(
  relation: RelationMetadata,
  entity: object,
): Promise<void> {
  const { propertyName } = relation;
  const holder = holderOf(relation, entity);
  if (!holder) return;
  const isPlain = Object.getOwnPropertyDescriptor(holder, propertyName)?.value instanceof Promise;
  const promise = isPlain ? holder[propertyName] : holder[`__promise_${propertyName}__`];
  if (!(promise instanceof Promise)) return;
  const value: unknown = await promise;
  if (isPlain) hide(holder, relationProperty(relation), value);
}

// TypeORM keeps its own properties of loaded instances out of sight as well.
function hide(holder: object, property: string, value: unknown): void {
  Object.defineProperty(holder, property, { value, configurable: true, writable: true });
}

/** The value of a foreign key that has no property of its own, without loading a lazy relation. */
export function foreignKeyValue(column: ColumnMetadata, entity: object): unknown {
  const { relationMetadata: relation, referencedColumn } = column;
  if (!relation?.isLazy || !column.isVirtual) return column.getEntityValue(entity);
  const value = relationValue(relation, entity);
  const isEntity = typeof value === 'object' && value !== null;
  return isEntity && referencedColumn ? foreignKeyValue(referencedColumn, value) : value;
}
