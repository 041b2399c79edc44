import type { EntityMetadata } from 'typeorm';
import type { ColumnModel, UniqueModel } from '../model/entity-model';
import { readPredicate } from './index-predicate';
import type { ColumnMetadata } from './typeorm-metadata';

type ColumnsByMetadata = ReadonlyMap<ColumnMetadata, ColumnModel>;

/** The primary key, unique constraints and unique indexes of an entity. */
export function buildUniques(metadata: EntityMetadata, columns: ColumnsByMetadata): UniqueModel[] {
  const declared: Declared[] = [
    { name: 'primary key', columns: metadata.primaryColumns },
    ...metadata.uniques.map((unique) => pick(unique)),
    ...metadata.indices
      .filter((index) => index.isUnique)
      .map((index) => ({ ...pick(index), where: index.where })),
  ];
  return declared
    .map((unique) => buildUnique(throughSlot(metadata, unique), columns))
    .filter((unique) => unique.columns.length > 0);
}

interface Declared {
  readonly name: string;
  readonly columns: readonly ColumnMetadata[];
  readonly where?: string | undefined;
}

function pick({ name, columns }: { readonly name: string; readonly columns: ColumnMetadata[] }) {
  return { name, columns };
}

function buildUnique(
  { name, columns: members, where }: Declared,
  columns: ColumnsByMetadata,
): UniqueModel {
  const own = members.flatMap((column) => columns.get(column) ?? []);
  const predicate = where === undefined ? undefined : readPredicate(where, [...columns.values()]);
  const watched = [...own, ...(predicate?.columns ?? [])];
  // Of a predicate that is not understood nothing is promised: the database will say.
  const includes = predicate?.holds ?? (() => where === undefined);
  return { name, columns: own, isPartial: where !== undefined, watched, includes };
}

const slot =
  /^\(*\s*(?:case\s+when\s+(.+?)\s+then\s+[`"]?(\w+)[`"]?(?:\s+else\s+null)?\s+end|if\s*\((.+?),\s*[`"]?(\w+)[`"]?,\s*null\s*\))\s*\)*$/is;

/**
 * MySQL and MariaDB have no partial indexes; a unique column that the database computes stands in for
 * one: `CASE WHEN is_latest THEN registration_id END` is `(registration_id) WHERE is_latest`.
 */
function throughSlot({ columns }: EntityMetadata, unique: Declared): Declared {
  const [computed, ...more] = unique.columns;
  const match = more.length === 0 && slot.exec(computed?.asExpression ?? '');
  if (!match) return unique;
  const [, when = match[3], then = match[4]] = match;
  const column = columns.find(({ databaseName }) => databaseName === then);
  return column ? { name: unique.name, columns: [column], where: when } : unique;
}
