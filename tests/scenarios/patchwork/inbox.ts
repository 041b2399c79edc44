import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

import type { Mail } from '../../../examples/patchwork/mail';

/** A mail that was sent: what the parsers have to store. One that came twice is here twice. */
@Entity('inbox')
export class InboxMail implements Mail {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ name: 'project_id', type: 'int' })
  projectId: number;

  @Column({ type: 'varchar', length: 190 })
  msgid: string;

  @Column({ name: 'thread_root', type: 'varchar', length: 190 })
  threadRoot: string;

  @Column({ type: 'int' })
  number: number;

  @Column({ type: 'int' })
  total: number;

  @Column({ type: 'varchar', length: 190 })
  subject: string;

  @Column({ name: 'sender_address', type: 'varchar', length: 190 })
  senderAddress: string;

  @Column({ name: 'sender_name', type: 'varchar', length: 190 })
  senderName: string;
}
