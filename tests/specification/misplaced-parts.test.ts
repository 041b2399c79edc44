import { Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn } from 'typeorm';

import { MappingError, PartOf, RowVersion, unitOfWork, UsageError } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
class Plain {
  @PrimaryColumn({ type: 'int' })
  id: number;
}

@Entity()
class OfPlain {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @PartOf()
  @ManyToOne(() => Plain)
  root: Plain;
}

@Entity()
class Root {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @Column({ type: 'int', unique: true })
  code: number;

  @RowVersion()
  version: number;
}

@Entity()
class ByCode {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @PartOf()
  @ManyToOne(() => Root)
  @JoinColumn({ name: 'code', referencedColumnName: 'code' })
  root: Root;
}

@Entity()
class OnColumn {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @PartOf()
  @Column({ type: 'int' })
  rootId: number;
}

@Entity()
class OnCollection {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @PartOf()
  @OneToMany(() => Member, (member) => member.owner)
  members: Member[];
}

@Entity()
class Member {
  @PrimaryColumn({ type: 'int' })
  id: number;

  @ManyToOne(() => OnCollection, (owner) => owner.members)
  owner: OnCollection;
}

const entities = [Plain, OfPlain, Root, ByCode, OnColumn, OnCollection, Member];

onEachDatabase('@PartOf', entities, (database) => {
  it.each([
    ['points to a root without a version', OfPlain, /: Plain has no row version to guard its part/],
    [
      'refers to something else than the key',
      ByCode,
      /: the foreign key must refer to the primary/,
    ],
    ['stands beside a column', OnColumn, /^@PartOf on OnColumn.rootId must stand beside/],
    ['stands beside a one-to-many', OnCollection, /^@PartOf on OnCollection.members must stand/],
  ])('is refused at first use where it %s', async (_, entity, message) => {
    const error = await rejectionOf(
      unitOfWork(database.source, async (uow) => {
        await uow.find<object>(entity);
      }),
    );

    expect(error).toBeInstanceOf(MappingError);
    expect((error as Error).message).toMatch(message);
  });

  it('knows two guards', () => {
    expect(() => PartOf({ guard: 'none' as never })).toThrow(UsageError);
  });
});
