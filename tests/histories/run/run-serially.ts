import type { History, Stored, UnitRecord } from '../checker/history';
import { listOf } from '../entities';
import type { Program, Target } from '../programs/program';
import { Draft, rowName } from './draft';
import type { Entry, Rows } from './rows';

/** A row in memory, and where it is found. */
interface Model {
  readonly target: Target;
  readonly id: number;
  readonly version: number;
  readonly entries: string;
}

/** Plays programs one after the other on rows in memory: what comes of it is right by definition. */
export async function runSerially(programs: readonly Program[]): Promise<History> {
  const pages = programs.flatMap(targetsOf).filter(({ table }) => table === 'page');
  let stored = new Map<string, Model>();
  for (const target of pages)
    stored.set(slotOf(target), { target, id: target.number, version: 1, entries: '' });
  const before = stateOf(stored);
  const units: UnitRecord[] = [];
  let keys = 0;
  for (const program of programs) {
    const draft = new Draft(program, 1);
    const rows = new ModelRows(stored, () => (keys += 1));
    try {
      await draft.play(rows);
      stored = rows.commit();
      units.push(draft.end('committed'));
    } catch {
      units.push(draft.end('thrown'));
    }
  }
  return { units, before, after: stateOf(stored) };
}

const targetsOf = ({ stages }: Program): Target[] =>
  stages.flatMap((stage) => (stage === 'flush' ? [] : stage.map(({ target }) => target)));

const slotOf = ({ table, number }: Target): string => `${table} ${number}`;

const stateOf = (rows: ReadonlyMap<string, Model>): Map<string, Stored> =>
  new Map(
    [...rows.values()].map(({ target, id, version, entries }) => [
      rowName(target, id),
      { version, list: listOf(entries) },
    ]),
  );

interface Loaded extends Entry {
  version: number;
}

/** The rows as one unit sees them; `commit` says what they are afterwards. */
class ModelRows implements Rows {
  readonly #stored: ReadonlyMap<string, Model>;
  readonly #nextKey: () => number;
  readonly #loaded = new Map<string, { target: Target; entry: Loaded }>();
  readonly #changed = new Set<Entry>();
  readonly #removed = new Set<Entry>();

  constructor(stored: ReadonlyMap<string, Model>, nextKey: () => number) {
    this.#stored = stored;
    this.#nextKey = nextKey;
  }

  async find(target: Target): Promise<Entry | null> {
    const slot = slotOf(target);
    const known = this.#loaded.get(slot);
    if (known) return known.entry;
    const row = this.#stored.get(slot);
    if (!row) return null;
    const { id, version, entries } = row;
    const entry = { id, version, entries };
    this.#loaded.set(slot, { target, entry });
    return entry;
  }

  add(target: Target, entries: string): Entry {
    const entry = { id: this.#nextKey(), version: 0, entries };
    this.#loaded.set(slotOf(target), { target, entry });
    this.#changed.add(entry);
    return entry;
  }

  change(entry: Entry, entries: string): void {
    entry.entries = entries;
    this.#changed.add(entry);
  }

  remove(entry: Entry): void {
    this.#removed.add(entry);
  }

  async guard(): Promise<boolean> {
    // Nobody else is there.
    return true;
  }

  async flush(): Promise<void> {
    // Nobody could see it.
  }

  commit(): Map<string, Model> {
    const rows = new Map(this.#stored);
    for (const [slot, { target, entry }] of this.#loaded) {
      if (this.#removed.has(entry)) rows.delete(slot);
      else if (this.#changed.has(entry)) {
        entry.version += 1;
        rows.set(slot, { target, ...entry });
      }
    }
    return rows;
  }
}
