/** What went to the server and what came back, as it came. */
export interface Exchange {
  readonly sent: Buffer[];
  readonly received: Buffer[];
}

/** As much of a protocol as is needed to hold statements and to print them. */
export interface Wire {
  /** Whether these bytes begin a transaction, or begin or end a connection: they meet nobody. */
  isHarmless(sent: Buffer): boolean;
  /** The text of a statement, with its parameters. */
  statementOf(sent: Buffer): string;
  /** Rows, the count of them, or an error. */
  replyOf(received: Buffer): string;
}

/** Statements that begin a transaction: they take no snapshot and no lock. */
export const isBegin = (text: string): boolean =>
  /^(BEGIN|START TRANSACTION|SET (SESSION )?TRANSACTION)\b[^;]*$/i.test(text);
