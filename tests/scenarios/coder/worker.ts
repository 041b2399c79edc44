import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';

import { firstPending } from '../../../examples/coder/claim-job';
import { ProvisionerJob } from '../../../examples/coder/entities';
import { think } from '../../../examples/gerrit/think';
import { killConnection, type Loss } from './lost-connection';
import { makeMeasurable } from './meter';
import { jobMoves, runsBegun, type Stage } from './stage';

// A worker that was not woken looks by itself.
const pollMs = 250;
// Long enough for a queue to build up: there must be something to cancel.
const runMs = [20, 60] as const;
/** Claims and runs jobs until there is nothing left to do. */
export class Worker {
  readonly #stage: Stage;
  readonly #id: number;
  readonly #random: () => number;
  /** A pool of one connection, which can be killed without hurting anybody else. */
  readonly #source: DataSource;

  private constructor(stage: Stage, id: number, random: () => number, source: DataSource) {
    this.#stage = stage;
    this.#id = id;
    this.#random = random;
    this.#source = source;
  }

  static async open(stage: Stage, id: number, random: () => number): Promise<Worker> {
    const options = { ...stage.source.options, poolSize: 1 } as DataSourceOptions;
    const source = await new DataSource(options).initialize();
    makeMeasurable(source);
    return new Worker(stage, id, random, source);
  }

  close(): Promise<void> {
    return this.#source.destroy();
  }

  async runUntilOver(): Promise<void> {
    const { bell, idleSince } = this.#stage;
    for (;;) {
      if (!idleSince.has(this.#id)) idleSince.set(this.#id, Date.now());
      const rings = bell.count;
      if (await this.takeJob()) continue;
      if (await this.#stage.isOver()) break;
      await bell.rungSince(rings, pollMs);
    }
    idleSince.delete(this.#id);
  }

  /** Claims a job and runs it; false if there was none, or the claim was refused. */
  async takeJob(): Promise<boolean> {
    const claimed = await this.#claim();
    if (!claimed) return false;
    const { job, loss } = claimed;
    this.#stage.idleSince.delete(this.#id);
    if (loss === 'before it begins') return this.#leave();
    if (!(await this.#write('begin', job))) return true;
    this.#stage.keeper.count(runsBegun);
    if (loss === 'while it runs') return this.#leave();
    // Alone, nobody does anything meanwhile.
    if (this.#stage.share.variant !== 'serial') await think(...runMs);
    await this.#write('complete', job);
    return true;
  }

  async #claim(): Promise<{ job: ProvisionerJob; loss: Loss } | undefined> {
    const { keeper, operations, share, losses } = this.#stage;
    const looksFirst = this.#random() < 0.5;
    let loss: Loss | undefined;
    const think = async (manager: EntityManager) => {
      if (loss !== undefined) return;
      loss = losses.next();
      if (loss === 'while it claims') await this.#kill(manager);
    };
    const claimed = await this.#stage.operate('claim', () =>
      operations.claim(this.#source, this.#id, {
        isolation: share.isolation,
        think,
        ...(looksFirst && { before: (manager) => manager.findOne(ProvisionerJob, firstPending) }),
      }),
    );
    const job = claimed?.value?.job;
    if (!job) return undefined;
    keeper.count(jobMoves);
    // One that was claimed before has been announced long ago.
    if (job.rowVersion === 2) await this.#stage.noteWait(job.id, Date.now());
    return { job, loss: loss ?? 'none' };
  }

  /** The connection is lost, and whoever takes the worker's place knows nothing of its job. */
  async #leave(): Promise<true> {
    await this.#kill(this.#source);
    this.#stage.keeper.count('jobs left by their worker');
    return true;
  }

  async #kill(victim: Pick<DataSource, 'query'>): Promise<void> {
    await killConnection(victim, this.#stage.source);
    this.#stage.keeper.count('connections killed');
  }

  async #write(step: 'begin' | 'complete', job: ProvisionerJob): Promise<boolean> {
    const { keeper, operations, share } = this.#stage;
    const done = await this.#stage.operate(step, () =>
      operations[step](this.#source, job, share.isolation),
    );
    if (done) keeper.count(jobMoves);
    return done !== undefined;
  }
}
