import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import { RowVersion } from '../lib/index';

@Entity('accounts')
export class Account {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 100 })
  owner: string;

  @Column({ type: 'int', default: 0 })
  balance: number;

  @RowVersion()
  version: number;
}

/** The decorator may stand on the class: then the row version is not a property one has to declare. */
@Entity('products')
@RowVersion()
export class Product {
  @PrimaryColumn({ type: 'varchar', length: 20 })
  sku: string;

  @Column({ type: 'int' })
  price: number;
}
