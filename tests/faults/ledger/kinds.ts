/** What a unit does, and thereby how it commits. */
export type Kind =
  'transfer' | 'transfer that begins at once' | 'transfer without a key' | 'deposit' | 'entry';

/** What a unit of a kind leaves behind once it is applied. */
export interface Effect {
  /** By how many times the amount the balances of both accounts change; 0: the account is not touched. */
  readonly signs: readonly [number, number];
  readonly transfers: number;
  readonly entries: number;
}

const transfer: Effect = { signs: [-1, 1], transfers: 1, entries: 1 };

export const effects: Readonly<Record<Kind, Effect>> = {
  // Rows of three tables: the transaction begins with the flush.
  transfer,
  'transfer that begins at once': transfer,
  // The key of a transfer would refuse that naive code applies it twice.
  'transfer without a key': { ...transfer, transfers: 0 },
  // One row to change, or one to insert: the statement is the whole transaction.
  deposit: { signs: [1, 0], transfers: 0, entries: 0 },
  entry: { signs: [0, 0], transfers: 0, entries: 1 },
};

/** What units of the library do here. */
export const kinds: readonly Kind[] = [
  'transfer',
  'transfer that begins at once',
  'deposit',
  'entry',
];
