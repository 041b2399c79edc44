import { setTimeout as wait } from 'node:timers/promises';
import type { DataSource } from 'typeorm';

import { findBrokenRevisions } from '../../../examples/porch/broken-revisions';
import type { Content, ReadContent } from '../../../examples/porch/content';
import type { TallyKeeper } from '../harness/tally-keeper';
import type { Share } from '../scenario';
import { Replacement } from './ledger';
import { operations } from './operations';

export const packages = [1, 2, 3, 4];
const keys = Array.from({ length: 8 }, (_, index) => `file-${index}.yaml`);
const lifecycles = ['Draft', 'Proposed', 'Published'];

/** How often units were told that a package has a new version. */
export const movesTold = 'changes of packages';
export const brokenMoments = 'packages found broken meanwhile';
export const tornReads = 'reads of a package with files of another moment';
export const renders = 'renders, those that were overtaken included';

/** One person, or one controller: pushes, changes lifecycles, renders. */
export class Writer {
  readonly #source: DataSource;
  readonly #share: Share;
  readonly #name: string;
  readonly #random: () => number;
  readonly #keeper: TallyKeeper;
  #written = 0;

  constructor(
    source: DataSource,
    share: Share,
    name: string,
    random: () => number,
    keeper: TallyKeeper,
  ) {
    this.#source = source;
    this.#share = share;
    this.#name = name;
    this.#random = random;
    this.#keeper = keeper;
  }

  async act(): Promise<void> {
    const id = this.#pick(packages);
    const draw = this.#random();
    if (draw < 0.2) await this.#changeLifecycle(id);
    else if (draw < 0.3) await this.#render(id);
    else await this.#push(id);
  }

  /** One statement sees one moment, so no writer has to stop for it. */
  async lookAtAll(): Promise<void> {
    const broken = await findBrokenRevisions(this.#source);
    this.#keeper.count(brokenMoments, broken.length);
  }

  async #push(id: number): Promise<void> {
    const half = keys.filter(() => this.#random() < 0.5);
    const content = this.#write(this.#shuffle(['Kptfile', ...half]));
    const done = await this.#keeper.run('push', () =>
      this.#operations.push(this.#source, id, content, this.#options),
    );
    if (done) await this.#note(id, done.replaced, content.tag);
  }

  async #changeLifecycle(id: number): Promise<void> {
    const lifecycle = this.#pick(lifecycles);
    const done = await this.#keeper.run('change lifecycle', () =>
      this.#operations.changeLifecycle(this.#source, id, lifecycle, this.#options),
    );
    if (done?.hasChanged) this.#noteMove();
  }

  async #render(id: number): Promise<void> {
    let tag = '';
    const renderer = async (read: ReadContent) => {
      this.#keeper.count(renders);
      if (Object.values(read.files).some((value) => value !== read.tag)) {
        this.#keeper.count(tornReads);
      }
      await wait(20 + 30 * this.#random());
      const content = this.#write(Object.keys(read.files));
      tag = content.tag;
      return content;
    };
    const done = await this.#keeper.run('render', () =>
      this.#operations.render(this.#source, id, renderer, { isolation: this.#share.isolation }),
    );
    if (done) await this.#note(id, done.replaced, tag);
  }

  /** Every file says whose it is. */
  #write(files: readonly string[]): Content {
    const tag = `${this.#name}-${++this.#written}`;
    return { tag, files: Object.fromEntries(files.map((file) => [file, tag])) };
  }

  async #note(revisionId: number, replaced: string | null, tag: string): Promise<void> {
    this.#noteMove();
    await this.#source.manager.insert(Replacement, { revisionId, replaced: replaced ?? '', tag });
  }

  /** As the system did it, no version moves. */
  #noteMove(): void {
    if (this.#share.variant === 'unit-of-work') this.#keeper.count(movesTold);
  }

  get #operations() {
    return operations[this.#share.variant];
  }

  get #options() {
    return { isolation: this.#share.isolation, think: () => wait(2 * this.#random()) };
  }

  #shuffle<T>(values: readonly T[]): T[] {
    const drawn = values.map((value) => ({ value, draw: this.#random() }));
    return drawn.toSorted((one, other) => one.draw - other.draw).map(({ value }) => value);
  }

  #pick<T>(values: readonly T[]): T {
    // The index is always one of the values.
    return values[Math.floor(this.#random() * values.length)] as T;
  }
}
