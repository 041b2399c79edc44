import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import { RowVersion } from '../../lib/index';

/** What people build; its row version keeps two builds from taking one number. */
@Entity('workspaces')
export class Workspace {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ name: 'last_build_number', type: 'int', default: 0 })
  lastBuildNumber: number;

  @RowVersion()
  rowVersion: number;
}

/** A job in the queue: pending until a worker claims it or a person cancels it. */
@Entity('provisioner_jobs')
// Read in the order of the queue. MySQL and MariaDB lock every row that a claim has to look at, so
// without this index one claim would hide the whole queue from the others.
@Index('queue', ['startedAt', 'canceledAt', 'priority', 'createdSeq'])
export class ProvisionerJob {
  @PrimaryColumn({ type: 'int' })
  id: number;

  /** The lower, the sooner: an index that runs one way serves the queue on every database. */
  @Column({ type: 'int', default: 0 })
  priority: number;

  @Column({ name: 'created_seq', type: 'int' })
  createdSeq: number;

  @Column({ name: 'started_at', type: 'timestamp', precision: 3, nullable: true })
  startedAt: Date | null;

  @Column({ name: 'canceled_at', type: 'timestamp', precision: 3, nullable: true })
  canceledAt: Date | null;

  @Column({ name: 'completed_at', type: 'timestamp', precision: 3, nullable: true })
  completedAt: Date | null;

  /** When the worker was last heard of. */
  @Column({ name: 'heartbeat_at', type: 'timestamp', precision: 3, nullable: true })
  heartbeatAt: Date | null;

  @Column({ name: 'worker_id', type: 'int', nullable: true })
  workerId: number | null;

  @RowVersion()
  rowVersion: number;
}

@Entity('workspace_builds')
@Unique(['workspaceId', 'buildNumber'])
export class WorkspaceBuild {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ name: 'workspace_id', type: 'int' })
  workspaceId: number;

  @Column({ name: 'build_number', type: 'int' })
  buildNumber: number;

  @Column({ name: 'job_id', type: 'int' })
  jobId: number;

  @ManyToOne(() => Workspace)
  @JoinColumn({ name: 'workspace_id' })
  workspace?: Workspace;

  @OneToOne(() => ProvisionerJob)
  @JoinColumn({ name: 'job_id' })
  job?: ProvisionerJob;
}

/** A run that has begun: only ever added, so that a job which ran twice cannot hide it. */
@Entity('executions')
export class Execution {
  @PrimaryGeneratedColumn()
  id: number;

  @Index()
  @Column({ name: 'job_id', type: 'int' })
  jobId: number;

  @Column({ name: 'worker_id', type: 'int' })
  workerId: number;
}

export const entities = [Workspace, ProvisionerJob, WorkspaceBuild, Execution];
