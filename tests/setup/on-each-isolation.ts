/** Undefined stands for a unit that names no isolation level. */
export const isolationLevels = [
  undefined,
  'READ COMMITTED',
  'REPEATABLE READ',
  'SERIALIZABLE',
] as const;

export type TestedIsolation = (typeof isolationLevels)[number];

/** Defines the same tests for every isolation level. */
export function onEachIsolation(define: (isolation: TestedIsolation) => void): void {
  for (const isolation of isolationLevels) {
    describe(`at ${isolation ?? 'the default isolation'}`, () => define(isolation));
  }
}
