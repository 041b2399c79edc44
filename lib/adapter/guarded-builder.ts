import type { EntityMetadata, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { UsageError } from '../errors/usage-error';
import type { EntityModel } from '../model/entity-model';
import { trackerOf } from './tracker';
import { writerOf } from './unit-writer';

// Any concrete one: the base class alone is abstract.
type Builder = SelectQueryBuilder<ObjectLiteral>;
type BuilderClass = new (builder: Builder) => Builder;

const guarded = new WeakMap<BuilderClass, BuilderClass>();

/** The same builder of an INSERT, UPDATE or DELETE, which the unit it writes in is told of. */
export function guard<B extends object>(builder: B): B {
  const Class = builder.constructor as BuilderClass;
  let Guarded = guarded.get(Class);
  if (!Guarded) guarded.set(Class, (Guarded = guardedClass(Class)));
  return new Guarded(builder as unknown as Builder) as unknown as B;
}

/** Of the class itself, because `clone()` makes another one of it; TypeORM does not export them all. */
function guardedClass(Class: BuilderClass): BuilderClass {
  class Guarded extends Class {
    override execute(): Promise<unknown> {
      const send = () => super.execute() as Promise<unknown>;
      const writer = writerOf(this.queryRunner);
      const tracker = trackerOf(this.queryRunner);
      if (!writer || !tracker) return send();
      const { mainAlias } = this.expressionMap;
      const metadata = mainAlias?.hasMetadata ? mainAlias.metadata : undefined;
      return writer.statement(metadata, async () => {
        if (metadata) refuseUnchecked(this.expressionMap, metadata, tracker.models.of(metadata));
        return send();
      });
    }
  }
  guarded.set(Guarded, Guarded);
  return Guarded;
}

/** @throws {UsageError} Somebody else's change could be lost, and nobody would notice. */
function refuseUnchecked(
  { queryType, onUpdate, valuesSet }: Builder['expressionMap'],
  { versionColumn }: EntityMetadata,
  { entityName, references, version }: EntityModel,
): void {
  const root = references.find((reference) => reference.guard);
  if (root) {
    const rootName = root.target().entityName;
    throw new UsageError(
      `a statement cannot tell which ${rootName} a ${entityName} is a part of: ` +
        `load the ${rootName} with its parts and change those, or add() and remove() them`,
    );
  }
  if (queryType === 'insert' && onUpdate && version) {
    throw new UsageError(
      `orUpdate() would overwrite a ${entityName} without checking its row version: ` +
        'use upsert(), or findOrCreate() and change what it returns',
    );
  }
  const isAssigned = [valuesSet ?? []]
    .flat()
    .some((values) => versionColumn?.getEntityValue(values) !== undefined);
  if (queryType === 'update' && isAssigned) {
    throw new UsageError(
      `the row version of ${entityName} is moved by the database alone: leave ${String(version?.propertyPath)} out`,
    );
  }
}
