import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  Unique,
  type Relation,
} from 'typeorm';

import { PartOf, RowVersion } from '../../lib/index';

/** A row that units count in. */
@Entity('cell')
export class Cell {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'int' })
  amount: number;

  @RowVersion()
  version: number;
}

/** A row whose unique value several units want to be the first to insert. */
@Entity('word')
@Unique(['text'])
export class Word {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 40 })
  text: string;

  @Column({ type: 'int' })
  uses: number;

  @RowVersion()
  version: number;
}

/** A root whose version guards the set of its parts. */
@Entity('basket')
export class Basket {
  @PrimaryColumn({ type: 'int' })
  id: number;

  /** How many fruits it has room for. */
  @Column({ type: 'int' })
  room: number;

  @OneToMany(() => Fruit, (fruit) => fruit.basket)
  fruits: Relation<Fruit>[];

  @RowVersion()
  version: number;
}

@Entity('fruit')
export class Fruit {
  @PrimaryColumn({ name: 'basket_id', type: 'int' })
  basketId: number;

  @PrimaryColumn({ type: 'varchar', length: 20 })
  kind: string;

  @Column({ type: 'int' })
  amount: number;

  @PartOf()
  @ManyToOne(() => Basket, (basket) => basket.fruits)
  @JoinColumn({ name: 'basket_id' })
  basket: Relation<Basket>;
}

export const entities = [Cell, Word, Basket, Fruit];
