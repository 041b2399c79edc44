import type { SelectQueryBuilder } from 'typeorm';

type ExpressionMap = SelectQueryBuilder<object>['expressionMap'];
type Join = ExpressionMap['joinAttributes'][number];

/**
 * The relations whose joins have a condition, so that of a collection only some members were loaded:
 * table and property.
 */
export function filteredRelations(map: ExpressionMap): ReadonlySet<string> | undefined {
  let filtered: Set<string> | undefined;
  for (const join of map.joinAttributes) {
    const { relation } = join;
    if (!relation || relation.isManyToOne || relation.isOneToOneOwner) continue;
    if (!isFiltered(map, join)) continue;
    filtered ??= new Set();
    filtered.add(`${relation.entityMetadata.tableName} ${relation.propertyPath}`);
  }
  return filtered;
}

function isFiltered(map: ExpressionMap, { alias, condition }: Join): boolean {
  if (condition && condition !== notDeleted(alias)) return true;
  const { joinAttributes, limit, offset } = map;
  const isCut = limit !== undefined || offset !== undefined;
  const isMentioned = mentions(map, alias.name);
  return isCut || isMentioned || joinAttributes.some((join) => dropsParents(join, alias.name));
}

/** Whether the rows of an alias, or of what is joined to it, are chosen by a condition of the whole. */
function mentions(map: ExpressionMap, alias: string): boolean {
  const name = alias.replaceAll(/\W/g, '\\$&');
  const pattern = new RegExp(`(?:^|\\W)${name}["\`\\\\]*\\.`);
  if (pattern.test(JSON.stringify(map.wheres))) return true;
  return map.joinAttributes.some(
    (join) =>
      join.parentAlias === alias && join.alias.name !== alias && mentions(map, join.alias.name),
  );
}

/** Members that were removed softly are left out of every collection, and left alone. */
function notDeleted({ name, metadata }: Join['alias']): string | undefined {
  const path = metadata.deleteDateColumn?.propertyPath;
  return path === undefined ? undefined : `${name}.${path} IS NULL`;
}

/** An inner join leaves out members that have no such relative, unless each must have one. */
function dropsParents(
  { parentAlias, direction, relation, condition }: Join,
  name: string,
): boolean {
  const isNeeded = relation?.isWithJoinColumn === true && !relation.isNullable && !condition;
  return parentAlias === name && direction === 'INNER' && !isNeeded;
}
