/** What a unit saw of a row, before it changed it. */
export interface Read {
  readonly row: string;
  readonly version: number;
  /** What had been appended to the row, oldest first. */
  readonly list: readonly string[];
  /** Whether the unit asserted or locked the row, so that nobody may have changed it meanwhile. */
  readonly isGuarded: boolean;
}

/** What a unit did to a row: it made it, appended to it, or removed it. */
export interface Write {
  readonly row: string;
  /** The version that it gave the row; `undefined`: it removed it. */
  readonly version: number | undefined;
  /** What it appended. Elements name their unit, and occur once in a row. */
  readonly appended: readonly string[];
}

export type Outcome = 'committed' | 'refused' | 'thrown' | 'unknown';

/** What came of one unit, as it was told: reads and writes are those of its last attempt. */
export interface UnitRecord {
  readonly id: number;
  readonly outcome: Outcome;
  readonly attempts: number;
  /** What it did, for people. */
  readonly steps: string;
  readonly reads: readonly Read[];
  readonly writes: readonly Write[];
}

/** A row as it is stored. */
export interface Stored {
  readonly version: number;
  readonly list: readonly string[];
}

export type State = ReadonlyMap<string, Stored>;

/** Units that ran at the same time, and the rows before and after. */
export interface History {
  readonly units: readonly UnitRecord[];
  readonly before: State;
  readonly after: State;
}

export const readOf = ({ reads }: UnitRecord, row: string): Read | undefined =>
  reads.find((read) => read.row === row);

export const writeOf = ({ writes }: UnitRecord, row: string): Write | undefined =>
  writes.find((write) => write.row === row);

export const isRemoval = ({ version }: Write): boolean => version === undefined;

export const committedOf = ({ units }: History): UnitRecord[] =>
  units.filter(({ outcome }) => outcome === 'committed');

/** Which unit appended an element, whatever came of it. */
export function ownersOf({ units }: History): Map<string, UnitRecord> {
  const owned = units.flatMap((unit) =>
    unit.writes.flatMap(({ appended }) => appended.map((element) => [element, unit] as const)),
  );
  return new Map(owned);
}

/** All that was ever appended to each row; of a removed one, what whoever removed it had read. */
export function finalLists(history: History): Map<string, readonly string[]> {
  const lists = new Map([...history.after].map(([row, { list }]) => [row, list] as const));
  for (const unit of committedOf(history)) {
    for (const { row } of unit.writes.filter(isRemoval)) {
      if (!lists.has(row)) lists.set(row, readOf(unit, row)?.list ?? []);
    }
  }
  return lists;
}
