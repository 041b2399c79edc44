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
