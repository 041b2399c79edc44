import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

import { RowVersion } from '../../lib/index';

/** A row that is always there. */
@Entity('page')
export class Page {
  @PrimaryColumn({ type: 'int' })
  id: number;

  /** What was appended, oldest first, with commas between. */
  @Column({ type: 'text' })
  entries: string;

  @RowVersion()
  version: number;
}

/** A row that comes and goes: at most one in each slot, and never one with the key of another. */
@Entity('note')
export class Note {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'int', unique: true })
  slot: number;

  /** What was appended, oldest first, with commas between. */
  @Column({ type: 'text' })
  entries: string;

  @RowVersion()
  version: number;
}

export const entities = [Page, Note];

export const listOf = (entries: string): string[] => (entries === '' ? [] : entries.split(','));
