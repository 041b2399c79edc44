import type { RootGuard } from '../model/entity-model';

// Registered on the global object: two copies of this package in one process read the same marks.
const place = Symbol.for('typeorm-unit-of-work/marks');

/** What decorators said of the properties of a class. */
interface Marks {
  readonly unversioned: Set<string>;
  readonly tokens: Set<string>;
  readonly guards: Map<string, RootGuard>;
}

function marks(): Map<unknown, Marks> {
  const holder = globalThis as { [place]?: Map<unknown, Marks> };
  return (holder[place] ??= new Map());
}

function marksOf(target: unknown): Marks {
  const known = marks().get(target) ?? {
    unversioned: new Set(),
    tokens: new Set(),
    guards: new Map(),
  };
  marks().set(target, known);
  return known;
}

/** Writes down that a change of a property leaves the row version alone. */
export function markUnversioned(target: unknown, propertyName: string): void {
  marksOf(target).unversioned.add(propertyName);
}

/** Writes down that the value of a property is compared like the row version. */
export function markToken(target: unknown, propertyName: string): void {
  marksOf(target).tokens.add(propertyName);
}

/** Writes down that a relation points to the aggregate root. */
export function markPart(target: unknown, propertyName: string, guard: RootGuard): void {
  marksOf(target).guards.set(propertyName, guard);
}

/** Whether a property of one of these classes was marked. */
export function isMarkedUnversioned(targets: readonly unknown[], propertyName: string): boolean {
  return targets.some((target) => marks().get(target)?.unversioned.has(propertyName));
}

export function isMarkedToken(targets: readonly unknown[], propertyName: string): boolean {
  return targets.some((target) => marks().get(target)?.tokens.has(propertyName));
}

/** The properties of a class that were marked as pointing to a root. */
export function partProperties(target: unknown): string[] {
  return [...(marks().get(target)?.guards.keys() ?? [])];
}

/** How a relation of one of these classes guards its root; `undefined`: it points to none. */
export function guardOf(targets: readonly unknown[], propertyName: string): RootGuard | undefined {
  for (const target of targets) {
    const guard = marks().get(target)?.guards.get(propertyName);
    if (guard) return guard;
  }
  return undefined;
}
