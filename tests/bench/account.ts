/** A row of six columns. A class, as users of an ORM write one. */
export class Account {
  id: number;
  owner: string;
  balance: number;
  note: string;
  visits: number;
  version: number;
}

/** A new row; its key comes from the client, for every peer alike, so that none must ask for it. */
export function newAccount(id: number): Account {
  return Object.assign(new Account(), {
    id,
    owner: `owner ${id}`,
    balance: balanceOf(id),
    note: `a note of some length about account ${id}`,
    visits: 0,
    version: 1,
  });
}

/** Differs between neighbours, so that no statement can write one value for all. */
export const balanceOf = (id: number): number => id % 1_000;
