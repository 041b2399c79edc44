import { listOf } from '../entities';
import type { Outcome, Read, UnitRecord, Write } from '../checker/history';
import { describeProgram, type Program, type Step, type Target } from '../programs/program';
import { Thrown, type Entry, type Rows } from './rows';

/** What an attempt has done to a row. */
interface Mark {
  readonly target: Target;
  /** As it was when it was found; the key of a row that was removed may be gone. */
  readonly found: {
    readonly id: number;
    readonly version: number;
    readonly entries: string;
  } | null;
  isGuarded: boolean;
  isRemoved: boolean;
  readonly appended: string[];
}

/** Plays a program once, and notes what it reads and writes. */
export class Draft {
  readonly #program: Program;
  readonly #attempt: number;
  readonly #marks = new Map<Entry, Mark>();

  constructor(program: Program, attempt: number) {
    this.#program = program;
    this.#attempt = attempt;
  }

  async play(rows: Rows): Promise<void> {
    for (const stage of this.#program.stages) {
      if (stage === 'flush') await rows.flush();
      else await Promise.all(stage.map((step) => this.#perform(step, rows)));
    }
    if (this.#program.fails) throw new Thrown('the program fails by itself');
  }

  /** Versions and keys are final when a unit has committed. */
  end(outcome: Outcome): UnitRecord {
    const marks = [...this.#marks];
    return {
      id: this.#program.id,
      outcome,
      attempts: this.#attempt,
      steps: describeProgram(this.#program),
      reads: marks.flatMap(([entry, mark]) => readOf(entry, mark)),
      writes: marks.flatMap(([entry, mark]) => writeOf(entry, mark)),
    };
  }

  async #perform({ verb, target, guard }: Step, rows: Rows): Promise<void> {
    const found = await rows.find(target);
    if (!found) {
      if (verb === 'change') this.#add(target, rows);
      return;
    }
    const mark = this.#mark(found, target);
    if (verb === 'change') {
      mark.appended.push(this.#element(mark));
      rows.change(found, [...listOf(found.entries), mark.appended.at(-1)].join());
    }
    if (verb === 'clear') {
      mark.isRemoved = true;
      rows.remove(found);
    }
    if (guard && (await rows.guard(found, guard, target))) mark.isGuarded = true;
  }

  #add(target: Target, rows: Rows): void {
    const element = `${this.#program.id}.1`;
    const mark = { target, found: null, isGuarded: false, isRemoved: false, appended: [element] };
    this.#marks.set(rows.add(target, element), mark);
  }

  #mark(entry: Entry, target: Target): Mark {
    const { id, version, entries } = entry;
    const known = this.#marks.get(entry);
    const mark = known ?? {
      target,
      found: { id, version, entries },
      isGuarded: false,
      isRemoved: false,
      appended: [],
    };
    this.#marks.set(entry, mark);
    return mark;
  }

  /** Unique in its row; two rows never meet. */
  #element({ appended }: Mark): string {
    return `${this.#program.id}.${appended.length + 1}`;
  }
}

/** The name of a row: a note has another key than all that were in its slot before. */
export const rowName = ({ table, number }: Target, id: number | undefined): string =>
  table === 'page' ? `page ${number}` : `note ${id} in slot ${number}`;

function readOf(_entry: Entry, { target, found, isGuarded }: Mark): Read[] {
  if (!found) return [];
  const { id, version, entries } = found;
  return [{ row: rowName(target, id), version, list: listOf(entries), isGuarded }];
}

function writeOf(entry: Entry, { target, found, isRemoved, appended }: Mark): Write[] {
  if (!isRemoved && appended.length === 0) return [];
  const row = rowName(target, found?.id ?? entry.id);
  return [{ row, version: isRemoved ? undefined : entry.version, appended }];
}
