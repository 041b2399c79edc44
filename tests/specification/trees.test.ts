import {
  Column,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  Tree,
  TreeChildren,
  TreeParent,
  type Relation,
} from 'typeorm';

import { MappingError, noReplay, unitOfWork, type UnitOfWork } from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';
import { rejectionOf } from '../support/accounts';

@Entity()
@Tree('materialized-path')
class Branch {
  @PrimaryGeneratedColumn()
  id: number;

  @Column({ type: 'varchar', length: 20 })
  name: string;

  @TreeChildren()
  children?: Relation<Branch>[];

  @TreeParent()
  parent?: Relation<Branch> | null;

  @OneToMany(() => Leaf, (leaf) => leaf.branch)
  leaves?: Relation<Leaf>[];
}

@Entity()
class Leaf {
  @PrimaryGeneratedColumn()
  id: number;

  @ManyToOne(() => Branch, (branch) => branch.leaves, { cascade: ['insert'] })
  branch: Relation<Branch>;
}

onEachDatabase('a tree entity', [Branch, Leaf], (database) => {
  const once = <T>(work: (uow: UnitOfWork) => Promise<T>) =>
    unitOfWork(database.source, work, { retry: noReplay });
  const branch = (name: string) => Object.assign(new Branch(), { name });
  const plant = (name: string) => database.source.getTreeRepository(Branch).save(branch(name));

  it('is read in a unit, with what it is related to', async () => {
    const { id } = await plant('oak');
    await database.source.getTreeRepository(Branch).save({ name: 'twig', parent: { id } });

    const tree = await once(async ({ manager }) => {
      const found = await manager.findOneByOrFail(Branch, { id });
      return manager.getTreeRepository(Branch).findDescendantsTree(found);
    });

    expect(tree).toMatchObject({ name: 'oak', children: [{ name: 'twig' }] });
  });

  it.each<[how: string, write: (uow: UnitOfWork, elsewhere: Branch) => unknown]>([
    ['add()', (uow) => uow.add(branch('new'))],
    ['attach()', (uow, elsewhere) => uow.attach(elsewhere)],
    ['remove()', async (uow, { id }) => uow.remove(await uow.findOneByOrFail(Branch, { id }))],
    ['manager.save()', (uow) => uow.manager.save(branch('new'))],
    ['manager.save() of a plain object', (uow) => uow.manager.save(Branch, { name: 'new' })],
    ['manager.save() of what was loaded elsewhere', ({ manager }, one) => manager.save(one)],
    ['manager.insert()', ({ manager }) => manager.insert(Branch, { name: 'new' })],
    ['manager.upsert()', ({ manager }) => manager.upsert(Branch, { name: 'new' }, ['id'])],
    ['manager.remove()', ({ manager }, elsewhere) => manager.remove(elsewhere)],
    ['its tree repository', (uow) => uow.manager.getTreeRepository(Branch).save(branch('new'))],
    ['a cascade', (uow) => uow.add(Object.assign(new Leaf(), { branch: branch('new') }))],
    [
      'an assignment',
      async (uow, { id }) => {
        const found = await uow.findOneByOrFail(Branch, { id });
        found.name = 'new';
      },
    ],
  ])('is refused where it is handed over to be written by %s', async (_, write) => {
    const elsewhere = await plant('elm');
    const before = await database.sql('SELECT * FROM branch ORDER BY id');

    const error = await rejectionOf(once(async (uow) => void (await write(uow, elsewhere))));

    expect(error).toBeInstanceOf(MappingError);
    expect(String(error)).toContain(
      'Branch cannot be written: it is a tree entity, whose other rows a change moves too: write it ' +
        'with TypeORM’s tree repository in a transaction of its own, in outsideUnitOfWork()',
    );
    expect(await database.sql('SELECT * FROM branch ORDER BY id')).toEqual(before);
  });

  it('is refused before anything is sent', async () => {
    const statements = await database.recordStatements(() =>
      rejectionOf(once(({ manager }) => manager.save(branch('new')))),
    );

    expect(statements.filter((text) => /branch/i.test(text))).toEqual([]);
  });
});
