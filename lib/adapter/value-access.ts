import type { DataSource } from 'typeorm';
import { keyId } from '../model/entity-key';
import { fingerprint, sameFingerprint } from '../model/fingerprint';
import type { ColumnModel } from '../model/entity-model';
import { kindOf } from './column-kind';
import {
  foreignKeyValue,
  holderOf,
  relationProperty,
  relationValue,
  type ColumnMetadata,
} from './typeorm-metadata';

type ValueAccess = Pick<ColumnModel, 'read' | 'readBoth' | 'holds' | 'write' | 'copy' | 'remember'>;

/** How the value of a column is taken from and put into an entity, by TypeORM's own conversions. */
export function valueAccess(dataSource: DataSource, column: ColumnMetadata): ValueAccess {
  const { driver } = dataSource;
  const isForeignKeyOnly = column.isVirtual && column.relationMetadata !== undefined;
  // The database's own type knows no letter case, so a key must not either.
  const isUuid = driver.normalizeType(column) === 'uuid';
  return {
    read: quickReader(column, (entity) => {
      const value = foreignKeyValue(column, entity);
      // A transformer could make something of undefined, which means: not loaded.
      const sent: unknown =
        value === undefined ? undefined : driver.preparePersistentValue(value, column);
      return isUuid && typeof sent === 'string' ? sent.toLowerCase() : sent;
    }),
    readBoth: isForeignKeyOnly ? undefined : bothReader(dataSource, column),
    holds: column.transformer ? heldBy(dataSource, column) : undefined,
    remember: (entity, write) => rememberProperty(column, entity, write),
    write: quickWriter(column, (entity, answered) => {
      const value: unknown = driver.prepareHydratedValue(answered, column);
      if (isForeignKeyOnly && column.relationMetadata?.isLazy) writeLazyKey(column, entity, value);
      else column.setEntityValue(entity, value);
      forgetOtherRelation(column, entity);
    }),
    copy: (from, to) => {
      // A foreign key without a property of its own comes with the relation.
      if (!isForeignKeyOnly) column.setEntityValue(to, column.getEntityValue(from));
    },
  };
}

/**
 * Most values are sent as they are: asking the driver about each value of each row takes longer than
 * all the rest of tracking it.
 */
function quickReader(column: ColumnMetadata, read: ColumnModel['read']): ColumnModel['read'] {
  const { type, propertyName: name } = column;
  if (!isPlainProperty(column)) return read;
  if (type === Number) {
    return (entity) => {
      const value = (entity as Record<string, unknown>)[name];
      return Number.isSafeInteger(value) ? value : read(entity);
    };
  }
  const isSentAsItIs = type === String || (typeof type === 'string' && kindOf(type) !== 'other');
  return isSentAsItIs ? (entity) => (entity as Record<string, unknown>)[name] : read;
}

/** Compares what is not transformed yet with what the kept value is transformed back into. */
function heldBy({ driver }: DataSource, column: ColumnMetadata): ColumnModel['holds'] {
  return (entity, kept) => {
    const value: unknown = column.getEntityValue(entity);
    if (typeof kept !== 'string' || value === undefined || value === null) return false;
    try {
      const sent: unknown = driver.preparePersistentValue(value, column);
      const stored = sent instanceof Uint8Array ? Buffer.from(kept, 'hex') : kept;
      const known: unknown = driver.prepareHydratedValue(stored, column);
      return sameFingerprint(fingerprint(value), fingerprint(known));
    } catch {
      // A transformer may not take what was kept: then the value counts as another one.
      return false;
    }
  };
}

/** And most values are kept as they are answered. */
function quickWriter(column: ColumnMetadata, write: ColumnModel['write']): ColumnModel['write'] {
  const { type, propertyName: name } = column;
  if (!isPlainProperty(column)) return write;
  const kind = typeof type === 'string' ? kindOf(type) : undefined;
  const isText = type === String || kind === 'text';
  const isNumber = type === Number || kind === 'integer';
  if (!isText && !isNumber) return write;
  const isAsItIs = isText
    ? (answered: unknown) => typeof answered === 'string'
    : (answered: unknown) => Number.isSafeInteger(answered);
  return (entity, answered) => {
    if (isAsItIs(answered)) (entity as Record<string, unknown>)[name] = answered;
    else write(entity, answered);
  };
}

/** Whether a column is a property of the entity itself, and no more than that. */
function isPlainProperty(column: ColumnMetadata): boolean {
  const isElsewhere = column.embeddedMetadata ?? column.relationMetadata ?? column.referencedColumn;
  return !isElsewhere && !column.transformer && !column.isDiscriminator;
}

/** Where the value of a lazy relation lies, as an object that holds the key alone. */
function writeLazyKey(column: ColumnMetadata, entity: object, value: unknown): void {
  const { relationMetadata: relation, referencedColumn } = column;
  const holder = relation && holderOf(relation, entity);
  if (!holder || !referencedColumn) return;
  const related = {};
  if (value !== null) referencedColumn.setEntityValue(related, value);
  holder[relationProperty(relation)] = value === null ? null : related;
}

/** A related object that the foreign key no longer points to counts as not loaded. */
function forgetOtherRelation(column: ColumnMetadata, entity: object): void {
  const { relationMetadata: relation, referencedColumn } = column;
  if (!relation || !referencedColumn || column.isVirtual) return;
  const related = relationValue(relation, entity);
  if (related === undefined) return;
  const key = related === null ? null : foreignKeyValue(referencedColumn, related);
  const own = holderOf(column, entity)?.[column.propertyName];
  const holder = holderOf(relation, entity);
  if (holder && keyId([key]) !== keyId([own])) delete holder[relationProperty(relation)];
}

/** The relation's word and the property's, either of which the user may have assigned. */
function bothReader({ driver }: DataSource, column: ColumnMetadata): ColumnModel['readBoth'] {
  const { relationMetadata: relation, referencedColumn } = column;
  if (!relation || !referencedColumn || relation.propertyName === column.propertyName)
    return undefined;
  const persistent = (value: unknown) =>
    value === undefined ? undefined : (driver.preparePersistentValue(value, column) as unknown);
  return (entity) => {
    const related = relationValue(relation, entity);
    const isEntity = typeof related === 'object' && related !== null;
    const byRelation = isEntity ? foreignKeyValue(referencedColumn, related) : related;
    return [persistent(byRelation), persistent(holderOf(column, entity)?.[column.propertyName])];
  };
}

function rememberProperty(column: ColumnMetadata, entity: object, write: () => void): () => void {
  const name = column.propertyName;
  const before = holderOf(column, entity);
  const removeHolder = before ? undefined : firstMissingHolder(column, entity);
  const hadProperty = before !== undefined && Object.hasOwn(before, name);
  const previous = before?.[name];
  write();
  const written = holderOf(column, entity)?.[name];
  return () => {
    const holder = holderOf(column, entity);
    if (!holder || holder[name] !== written) return;
    if (removeHolder) {
      removeHolder();
      return;
    }
    if (hadProperty) holder[name] = previous;
    else delete holder[name];
  };
}

/** Removes the embedded object that a write makes where there is none. */
function firstMissingHolder({ embeddedMetadata }: ColumnMetadata, entity: object): () => void {
  let holder = entity as Record<string, unknown>;
  for (const name of embeddedMetadata?.parentPropertyNames ?? []) {
    const inner = holder[name];
    if (typeof inner !== 'object' || inner === null) return () => delete holder[name];
    holder = inner as Record<string, unknown>;
  }
  return () => undefined;
}
