import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

import { RowVersion, UnitOfWorkReceipt } from '../../../lib/index';

@Entity('account')
export class Account {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'int' })
  balance: number;

  /** The ids of the units that changed the balance, with a comma behind each. */
  @Column({ type: 'text' })
  history: string;

  @RowVersion()
  version: number;
}

/** Money that went from one account to another; the client knows the id beforehand. */
@Entity('transfer')
export class Transfer {
  @PrimaryColumn({ type: 'varchar', length: 40 })
  id: string;

  @Column({ type: 'int' })
  payer: number;

  @Column({ type: 'int' })
  payee: number;

  @Column({ type: 'int' })
  amount: number;
}

/** The same once more where nothing is unique: here a unit that is applied twice can be seen. */
@Entity('entry')
export class Entry {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 40 })
  unit: string;
}

export const entities = [Account, Transfer, Entry, UnitOfWorkReceipt];
