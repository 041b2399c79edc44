import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';
import { RowVersion, Unversioned } from '../../lib/index';

/** A change under review. Its row version guards its patch sets as well: they only ever grow with it. */
@Entity('changes')
export class Change {
  @PrimaryColumn({ name: 'change_id', type: 'int' })
  changeId: number;

  /** N new, S submitted, M merged. */
  @Column({ type: 'char', length: 1, default: 'N' })
  status: string;

  @Column({ name: 'current_patch_set_id', type: 'int' })
  currentPatchSetId: number;

  @Column({ name: 'submit_count', type: 'int', default: 0 })
  submitCount: number;

  @Column({ name: 'review_count', type: 'int', default: 0 })
  reviewCount: number;

  /** Derived in the background: whoever recomputes it must not make people lose their work. */
  @Unversioned()
  @Column({ type: 'char', length: 1, default: 'N' })
  mergeable: string;

  @RowVersion()
  rowVersion: number;
}

@Entity('patch_sets')
export class PatchSet {
  @PrimaryColumn({ name: 'change_id', type: 'int' })
  changeId: number;

  @PrimaryColumn({ name: 'patch_set_id', type: 'int' })
  patchSetId: number;

  @Column({ type: 'varchar', length: 40 })
  revision: string;

  @ManyToOne(() => Change)
  @JoinColumn({ name: 'change_id' })
  change?: Change;
}

/**
 * What somebody was told, never changed afterwards.
 *
 * A commit is written in the transaction that it reports; the rest on a connection of its own,
 * because the transaction that it reports was rolled back.
 */
@Entity('ledger')
export class LedgerEntry {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 10 })
  event: 'commit' | 'conflict' | 'replay' | 'refused';

  @Column({ type: 'varchar', length: 10 })
  operation: string;

  @Column({ type: 'int' })
  attempt: number;

  @Index()
  @Column({ name: 'change_id', type: 'int', nullable: true })
  changeId?: number | null;

  @Column({ name: 'patch_set_id', type: 'int', nullable: true })
  patchSetId?: number | null;

  @Column({ type: 'varchar', length: 40, nullable: true })
  revision?: string | null;

  /** How a conflict was noticed. */
  @Column({ type: 'varchar', length: 200, nullable: true })
  detail?: string | null;
}
