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

function isFiltered(
  { wheres, joinAttributes }: ExpressionMap,
  { alias, condition }: Join,
): boolean {
  if (condition && condition !== notDeleted(alias)) return true;
  const name = alias.name.replaceAll(/\W/g, '\\$&');
  const isMentioned = new RegExp(`(?:^|\\W)${name}["\`\\\\]*\\.`).test(JSON.stringify(wheres));
  return isMentioned || joinAttributes.some((join) => dropsParents(join, alias.name));
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
