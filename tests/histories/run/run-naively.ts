import type { EntityManager } from 'typeorm';

import type { Target } from '../programs/program';
import { Note } from '../entities';
import { Draft } from './draft';
import type { Place } from './place';
import { Thrown, type Entry, type Rows } from './rows';
import { findRow, type Runner } from './run-unit';

/** Runs a program as it is often written: a transaction, find, and then save() or remove(). */
export const runNaively: Runner = async (source, program, place, isolation) => {
  const draft = new Draft(program, 1);
  try {
    await source.transaction(isolation, async (manager) => {
      const rows = new NaiveRows(manager, place);
      await draft.play(rows);
      await rows.flush();
    });
  } catch (error) {
    return draft.end(error instanceof Thrown ? 'thrown' : 'refused');
  }
  return draft.end('committed');
};

class NaiveRows implements Rows {
  readonly #manager: EntityManager;
  readonly #place: Place;
  readonly #known = new Map<string, Entry>();
  readonly #changed = new Set<Entry>();
  readonly #removed = new Set<Entry>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(manager: EntityManager, place: Place) {
    this.#manager = manager;
    this.#place = place;
  }

  /** One after the other: a connection of `pg` warns of statements that do not wait for each other. */
  find(target: Target): Promise<Entry | null> {
    const finding = this.#last.then(() => this.#find(target));
    this.#last = finding.catch(() => null);
    return finding;
  }

  async #find(target: Target): Promise<Entry | null> {
    const name = nameOf(target);
    const found = this.#known.get(name) ?? (await findRow(this.#manager, target, this.#place));
    if (found) this.#known.set(name, found);
    return found;
  }

  add(target: Target, entries: string): Entry {
    const note = Object.assign(new Note(), { slot: this.#place + target.number, entries });
    this.#known.set(nameOf(target), note);
    this.#changed.add(note);
    return note;
  }

  change(entry: Entry, entries: string): void {
    entry.entries = entries;
    this.#changed.add(entry);
  }

  remove(entry: Entry): void {
    this.#removed.add(entry);
  }

  async guard(): Promise<boolean> {
    // Nobody thinks of it.
    return false;
  }

  async flush(): Promise<void> {
    await this.#manager.save([...this.#changed]);
    await this.#manager.remove([...this.#removed]);
    this.#changed.clear();
    this.#removed.clear();
  }
}

const nameOf = ({ table, number }: Target): string => `${table} ${number}`;
