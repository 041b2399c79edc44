import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
} from 'typeorm';
import { RowVersion } from '../../lib/index';

/** Whoever sends mails; the last name that they used is theirs. */
@Entity('people')
export class Person {
  @PrimaryGeneratedColumn()
  id: number;

  /** The address as `emailKeyOf` folds it, so that the key looked up is the unique key. */
  @Column({ name: 'email_key', type: 'varchar', length: 190, unique: true })
  emailKey: string;

  @Column({ type: 'varchar', length: 190, nullable: true })
  name: string | null;

  @RowVersion()
  rowVersion: number;
}

/** The patches of one thread. Whichever of its mails comes first makes it. */
@Entity('series')
export class Series {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ name: 'project_id', type: 'int' })
  projectId: number;

  /** The subject of the cover letter; without one, that of the first patch. */
  @Column({ type: 'varchar', length: 190, nullable: true })
  name: string | null;

  @Column({ name: 'cover_id', type: 'int', nullable: true })
  coverId: number | null;

  @Column({ type: 'int' })
  total: number;

  @RowVersion()
  rowVersion: number;
}

/** Which series a thread is: its key is what keeps one thread from having two. */
@Entity('series_references')
export class SeriesReference {
  @PrimaryColumn({ name: 'project_id', type: 'int' })
  projectId: number;

  @PrimaryColumn({ type: 'varchar', length: 190 })
  msgid: string;

  @Column({ name: 'series_id', type: 'int' })
  seriesId: number;

  @ManyToOne(() => Series, { nullable: false })
  @JoinColumn({ name: 'series_id' })
  series?: Series;
}

/** A mail that was stored: a patch, or a cover letter, whose number is 0. */
@Entity('patches')
@Unique(['projectId', 'msgid'])
@Unique(['seriesId', 'number'])
export class Patch {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ name: 'project_id', type: 'int' })
  projectId: number;

  @Column({ type: 'varchar', length: 190 })
  msgid: string;

  // No foreign keys: MySQL and MariaDB would lock the series and the person with every patch, and two
  // patches whose mails both change one of them would deadlock.
  @Column({ name: 'series_id', type: 'int', nullable: true })
  seriesId: number | null;

  @Column({ type: 'int', nullable: true })
  number: number | null;

  @Column({ name: 'thread_root', type: 'varchar', length: 190 })
  threadRoot: string;

  @Column({ name: 'submitter_id', type: 'int' })
  submitterId: number;
}

export const entities = [Person, Series, SeriesReference, Patch];
