import { expectTypeOf } from 'expect-type';
import type {
  DataSource,
  EntityManager,
  FindManyOptions,
  FindOneOptions,
  FindOptionsWhere,
  Repository,
} from 'typeorm';
import { configureUnitOfWork, unitOfWork } from '../../lib/index';
import type { IsolationLevel, UnitOfWork, UnitOfWorkOptions } from '../../lib/index';

class Account {
  id: number;
  owner: string;
  balance: number | null;
}

// None of the functions below is called: the compiler checks them, `npm run types` turns red.

describe('unitOfWork', () => {
  it('answers what its function answers', () => {
    const count = (source: DataSource) => unitOfWork(source, async () => 7);
    const nothing = (source: DataSource) => unitOfWork(source, async () => {});
    const account = (source: DataSource) =>
      unitOfWork(source, (uow) => uow.findOneBy(Account, { id: 1 }));

    expectTypeOf(count).returns.toEqualTypeOf<Promise<number>>();
    expectTypeOf(nothing).returns.toEqualTypeOf<Promise<void>>();
    expectTypeOf(account).returns.toEqualTypeOf<Promise<Account | null>>();
  });

  it('takes a data source, a function that is awaited, and options', () => {
    expectTypeOf(unitOfWork<string>)
      .parameter(0)
      .toEqualTypeOf<DataSource | EntityManager>();
    expectTypeOf(unitOfWork<string>)
      .parameter(1)
      .toEqualTypeOf<(uow: UnitOfWork) => Promise<string>>();
    expectTypeOf(unitOfWork<string>)
      .parameter(2)
      .toEqualTypeOf<UnitOfWorkOptions | undefined>();
    // @ts-expect-error a function that is not awaited would end before its work
    expectTypeOf((source: DataSource) => unitOfWork(source, () => 7)).toBeFunction();
  });

  it('takes options that may be undefined, and no others', () => {
    const all = {
      name: undefined,
      retry: undefined,
      isolation: undefined,
      signal: undefined,
      timeoutMs: undefined,
      exactlyOnce: undefined,
      onBegin: undefined,
    };

    expectTypeOf(all).toExtend<UnitOfWorkOptions>();
    expectTypeOf<keyof UnitOfWorkOptions>().toEqualTypeOf<keyof typeof all>();
    expectTypeOf<UnitOfWorkOptions['isolation']>().toEqualTypeOf<IsolationLevel | undefined>();
    expectTypeOf<IsolationLevel>().toEqualTypeOf<
      'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE'
    >();
    expectTypeOf(configureUnitOfWork).parameter(0).toEqualTypeOf<DataSource>();
    expectTypeOf(configureUnitOfWork).parameter(1).toExtend<UnitOfWorkOptions>();
  });
});

describe('what a unit finds', () => {
  it('has the types of TypeORM', () => {
    const find = (uow: UnitOfWork) => uow.find(Account);
    const findBy = (uow: UnitOfWork) => uow.findBy(Account, { owner: 'Jane' });
    const findOne = (uow: UnitOfWork) => uow.findOne(Account, { where: { id: 1 } });
    const findOneBy = (uow: UnitOfWork) => uow.findOneBy(Account, [{ id: 1 }, { id: 2 }]);
    const orFail = (uow: UnitOfWork) => uow.findOneOrFail(Account, { where: { id: 1 } });
    const byOrFail = (uow: UnitOfWork) => uow.findOneByOrFail(Account, { id: 1 });

    expectTypeOf(find).returns.toEqualTypeOf<Promise<Account[]>>();
    expectTypeOf(findBy).returns.toEqualTypeOf<Promise<Account[]>>();
    expectTypeOf(findOne).returns.toEqualTypeOf<Promise<Account | null>>();
    expectTypeOf(findOneBy).returns.toEqualTypeOf<Promise<Account | null>>();
    expectTypeOf(orFail).returns.toEqualTypeOf<Promise<Account>>();
    expectTypeOf(byOrFail).returns.toEqualTypeOf<Promise<Account>>();
  });

  it('is what the manager would answer', () => {
    type Same<K extends keyof EntityManager & keyof UnitOfWork> = UnitOfWork[K];

    expectTypeOf<EntityManager['find']>().toExtend<Same<'find'>>();
    expectTypeOf<EntityManager['findBy']>().toExtend<Same<'findBy'>>();
    expectTypeOf<EntityManager['findOne']>().toExtend<Same<'findOne'>>();
    expectTypeOf<EntityManager['findOneBy']>().toExtend<Same<'findOneBy'>>();
    expectTypeOf<EntityManager['findOneOrFail']>().toExtend<Same<'findOneOrFail'>>();
    expectTypeOf<EntityManager['findOneByOrFail']>().toExtend<Same<'findOneByOrFail'>>();
  });

  it('is asked for in the words of TypeORM', () => {
    const many: FindManyOptions<Account> = { take: 5 };
    const one: FindOneOptions<Account> = { order: { id: 'ASC' } };
    const where: FindOptionsWhere<Account>[] = [{ id: 1 }];

    expectTypeOf<UnitOfWork['find']>().toBeCallableWith(Account, many);
    expectTypeOf<UnitOfWork['findOne']>().toBeCallableWith(Account, one);
    expectTypeOf<UnitOfWork['findBy']>().toBeCallableWith(Account, where);
    // @ts-expect-error Account has no such property
    expectTypeOf((uow: UnitOfWork) => uow.findBy(Account, { name: 'Jane' })).toBeFunction();
  });

  it('comes from repositories of TypeORM as well', () => {
    const repository = (uow: UnitOfWork) => uow.getRepository(Account);

    expectTypeOf(repository).returns.toEqualTypeOf<Repository<Account>>();
    expectTypeOf<UnitOfWork['manager']>().toEqualTypeOf<EntityManager>();
  });
});

describe('what a unit is told', () => {
  it('takes one entity or several', () => {
    const account = new Account();

    expectTypeOf<UnitOfWork['add']>().toBeCallableWith(account);
    expectTypeOf<UnitOfWork['add']>().toBeCallableWith([account, account]);
    expectTypeOf<UnitOfWork['remove']>().toBeCallableWith([account] as const);
    expectTypeOf<UnitOfWork['lock']>().returns.toEqualTypeOf<Promise<void>>();
    // @ts-expect-error a key is no entity
    expectTypeOf((uow: UnitOfWork) => uow.remove(7)).toBeFunction();
  });

  it('answers the very entity that is attached', () => {
    const attach = (uow: UnitOfWork) => uow.attach(new Account());

    expectTypeOf(attach).returns.toEqualTypeOf<Account>();
  });

  it('compares versions that are numbers', () => {
    expectTypeOf<UnitOfWork['expectVersion']>().parameters.toEqualTypeOf<[object, number]>();
    // @ts-expect-error a header is text until it is parsed
    expectTypeOf((uow: UnitOfWork) => uow.expectVersion({}, '7')).toBeFunction();
  });

  it('tells the attempt and the signal, which nobody can assign', () => {
    expectTypeOf<Pick<UnitOfWork, 'attempt' | 'signal'>>().toEqualTypeOf<{
      readonly attempt: number;
      readonly signal: AbortSignal;
    }>();
  });
});
