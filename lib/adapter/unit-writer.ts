import type { EntityMetadata, QueryRunner } from 'typeorm';

export type Removal = 'remove' | 'softRemove' | 'recover';

/** What the methods of an EntityManager and of its query builders ask of a unit when they write. */
export interface UnitWriter {
  /** @param metadata Of which entity the objects are, if it was said. */
  save(metadata: EntityMetadata | undefined, entities: readonly object[]): Promise<void>;
  insert(metadata: EntityMetadata, values: readonly object[]): Promise<void>;
  /** @param how For good, or by the delete date, or back again. */
  remove(
    metadata: EntityMetadata | undefined,
    entities: readonly object[],
    how: Removal,
  ): Promise<void>;
  upsert(
    metadata: EntityMetadata,
    values: readonly object[],
    conflictPaths: readonly string[],
  ): Promise<void>;
  /** Runs a part of the unit that may fail by itself. */
  transaction<T>(isolation: string | undefined, part: () => Promise<T>): Promise<T>;
  /** Sends a statement that may change rows nobody has loaded, after what the unit has to write. */
  statement<T>(metadata: EntityMetadata | undefined, send: () => Promise<T>): Promise<T>;
}

const writers = new WeakMap<QueryRunner, UnitWriter>();

/** Makes a unit answer for what is written through a query runner. */
export function registerWriter(runner: QueryRunner, writer: UnitWriter): void {
  writers.set(runner, writer);
}

export function writerOf(runner: QueryRunner | undefined): UnitWriter | undefined {
  return runner && writers.get(runner);
}
