// Registered on the global object: two copies of this package in one process read the same marks.
const place = Symbol.for('typeorm-unit-of-work/marks');

type Marks = Map<unknown, Set<string>>;

function marks(): Marks {
  const holder = globalThis as { [place]?: Marks };
  return (holder[place] ??= new Map());
}

/** Writes down what a decorator said of a property. */
export function markUnversioned(target: unknown, propertyName: string): void {
  const known = marks().get(target) ?? new Set();
  marks().set(target, known.add(propertyName));
}

/** Whether a property of one of these classes was marked. */
export function isMarkedUnversioned(targets: readonly unknown[], propertyName: string): boolean {
  return targets.some((target) => marks().get(target)?.has(propertyName));
}
