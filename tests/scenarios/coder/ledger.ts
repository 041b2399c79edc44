import { Column, Entity, PrimaryColumn } from 'typeorm';

/** When the workers were told of a job. */
@Entity('announcements')
export class Announcement {
  @PrimaryColumn({ name: 'job_id', type: 'int' })
  jobId: number;

  @Column({ type: 'timestamp', precision: 3 })
  at: Date;
}

/** A creator that will order nothing more: so the processes learn of each other's. */
@Entity('finished_creators')
export class FinishedCreator {
  @PrimaryColumn({ type: 'int' })
  creator: number;
}
