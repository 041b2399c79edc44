/** Where a row is looked for: a page by its key, a note by its slot. */
export interface Target {
  readonly table: 'page' | 'note';
  readonly number: number;
}

/** How a row is kept from changing: `reread` finds it once more, by a locking read. */
export type Guard = 'assert' | 'lock' | 'reread';

/**
 * `read` looks at a row. `change` appends to it, or makes it if it is missing. `clear` removes it if
 * it is there.
 */
export interface Step {
  readonly verb: 'read' | 'change' | 'clear';
  readonly target: Target;
  /** Not of a `clear`. */
  readonly guard?: Guard | undefined;
}

/** Steps that begin together, or a flush. */
export type Stage = readonly Step[] | 'flush';

/** What a unit does. */
export interface Program {
  /** Unique in a history. */
  readonly id: number;
  readonly stages: readonly Stage[];
  /** Whether it throws in the end. */
  readonly fails: boolean;
}

const describeStep = ({ verb, target, guard }: Step): string =>
  [verb, target.table, target.number, guard ? `and ${guard}` : ''].join(' ').trim();

/** A program in one line. */
export const describeProgram = ({ stages, fails }: Program): string =>
  [
    ...stages.map((stage) => (stage === 'flush' ? stage : stage.map(describeStep).join(' & '))),
    ...(fails ? ['throw'] : []),
  ].join(', ');
