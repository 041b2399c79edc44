/** One change of a source file: the text must stand in it exactly once. */
export interface Edit {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** @throws {Error} What the edit changes does not stand in its file exactly once. */
export function edited(text: string, { file, find, replace }: Edit): string {
  const count = text.split(find).length - 1;
  if (count !== 1) {
    throw new Error(`${file} holds ${JSON.stringify(find)} ${count} times instead of once`);
  }
  return text.replace(find, () => replace);
}

/** A selection of tests, small enough to be run for one mutant. */
export interface Killer {
  readonly test: string;
  /** Matches the full names of the tests, as jest's -t. */
  readonly pattern: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A library that is broken on purpose, and the tests that must notice. */
export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly killer: Killer;
  /** Whether the short form runs it too, however many others its suite notices. */
  readonly isEssential?: true;
}
