import { IsNull, type DataSource } from 'typeorm';

import { ProvisionerJob } from '../../../examples/coder/entities';
import { TallyKeeper } from '../harness/tally-keeper';
import type { Share } from '../scenario';
import { Bell } from './bell';
import { Announcement, FinishedCreator } from './ledger';
import { Losses } from './lost-connection';
import { measure } from './meter';
import { operations } from './operations';

export const creators = 4;
export const workspaces = 8;

/** How often units were told that a row has a new version. */
export const jobMoves = 'version moves of jobs';
export const workspaceMoves = 'version moves of workspaces';
export const jobsCreated = 'jobs created';
export const runsBegun = 'runs begun';

/** What the actors of one process share. */
export class Stage {
  readonly source: DataSource;
  readonly share: Share;
  readonly operations;
  readonly keeper = new TallyKeeper();
  readonly bell = new Bell();
  /** When each worker that waits for a job began to wait. */
  readonly idleSince = new Map<number, number>();
  readonly losses: Losses;
  #longestWaitMs = 0;

  constructor(source: DataSource, share: Share) {
    this.source = source;
    this.share = share;
    this.operations = operations[share.variant];
    this.losses = new Losses(share);
  }

  /** The jobs that each creator orders. */
  get jobsPerCreator(): number {
    return Math.ceil(200 * this.share.size);
  }

  /** Runs an operation and notes its end; undefined if it was refused. */
  operate<T>(
    kind: string,
    operation: () => Promise<T>,
  ): Promise<{ readonly value: T } | undefined> {
    return this.keeper.run(kind, () => measure(operation));
  }

  readonly announce = async (jobId: number): Promise<void> => {
    await this.source.manager.insert(Announcement, { jobId, at: new Date() });
    this.bell.ring();
  };

  /** Notes how long a job waited, since it was announced, for a worker of this process that had time. */
  async noteWait(jobId: number, claimedAt: number): Promise<void> {
    const free = Math.min(...this.idleSince.values());
    const announcement = await this.source.manager.findOneBy(Announcement, { jobId });
    // Whoever looks by itself may find a job before it is announced.
    const since = Math.max(announcement?.at.getTime() ?? claimedAt, free);
    const waitMs = Math.max(0, claimedAt - since);
    this.#longestWaitMs = Math.max(this.#longestWaitMs, waitMs);
    this.keeper.count(waitMs <= 1_000 ? 'jobs claimed within 1 s' : 'jobs claimed later');
  }

  /** Counts of several processes are added, so each names its own. */
  noteLongestWait(): void {
    this.keeper.count(`longest wait in ms, process ${this.share.process}`, this.#longestWaitMs);
  }

  async noteFinished(creator: number): Promise<void> {
    await this.source.manager.insert(FinishedCreator, { creator });
  }

  async pickPending(random: () => number): Promise<number | undefined> {
    const found = await this.source.manager.find(ProvisionerJob, {
      select: { id: true },
      where: { startedAt: IsNull(), canceledAt: IsNull() },
    });
    return found[Math.floor(random() * found.length)]?.id;
  }

  /** Whether nothing is ordered any more, here or in another process, and nothing is left to do. */
  async isOver(): Promise<boolean> {
    const { manager } = this.source;
    if ((await manager.count(FinishedCreator)) < creators) return false;
    return !(await manager.existsBy(ProvisionerJob, {
      completedAt: IsNull(),
      canceledAt: IsNull(),
    }));
  }
}
