/** SQL text with the values bound to its placeholders. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export type Row = Readonly<Record<string, unknown>>;

/** What the database answered: rows, and how many rows a write reached where it says so. */
export interface Reply {
  readonly rows: readonly Row[];
  readonly affected: number | undefined;
}
