import { UsageError } from '../errors/usage-error';
import type { EntityModel } from '../model/entity-model';

/**
 * Copies the named columns of a client's object into an entity, and nothing else.
 *
 * @throws {UsageError} A name is no column that may be assigned: the key, the row version, a
 *   relation, `__proto__`.
 */
export function assignColumns(
  { entityName, columns, version }: EntityModel,
  entity: object,
  dto: object,
  only: readonly string[],
): void {
  if (!Array.isArray(only)) throw new UsageError('assign() needs { only: [ names ] }');
  if (typeof dto !== 'object' || dto === null)
    throw new UsageError('assign() copies from an object');
  for (const name of only) {
    const column = columns.find(({ propertyPath }) => propertyPath === name);
    if (!column || column.isKey || column === version || !column.isUpdatable) {
      throw new UsageError(`${entityName}.${name} is no column that can be assigned`);
    }
  }
  for (const path of only) copyPath(entity, dto, path.split('.'));
}

/** Copies an own property, through own objects only; what is missing is left alone. */
export function copyPath(to: object, from: object, [name, ...rest]: readonly string[]): void {
  if (name === undefined || !Object.hasOwn(from, name)) return;
  const value = (from as Record<string, unknown>)[name];
  if (value === undefined) return;
  const holder = to as Record<string, unknown>;
  if (rest.length === 0) {
    holder[name] = value;
  } else if (typeof value === 'object' && value !== null) {
    const inner = holder[name] ?? {};
    holder[name] = inner;
    copyPath(inner, value, rest);
  }
}
