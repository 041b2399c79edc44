import { expectTypeOf } from 'expect-type';
import type { EntitySchemaColumnOptions } from 'typeorm';
import { RowVersion, rowVersionColumn, Unversioned } from '../../lib/index';
import type { RowVersionNumber, RowVersionOptions } from '../../lib/index';

it('decorates a property or a class, with or without another name', () => {
  @RowVersion()
  class Whole {
    id: number;
  }

  class Single {
    @RowVersion({ name: 'v' })
    version: number;

    @Unversioned()
    views: number;
  }

  expectTypeOf(new Single().version).toEqualTypeOf<RowVersionNumber>();
  expectTypeOf(new Whole().id).toBeNumber();
  expectTypeOf(RowVersion).parameter(0).toEqualTypeOf<RowVersionOptions | undefined>();
});

it('describes the column of an EntitySchema', () => {
  expectTypeOf(rowVersionColumn).returns.toExtend<EntitySchemaColumnOptions>();
});

it('counts versions in numbers', () => {
  expectTypeOf<RowVersionNumber>().toEqualTypeOf<number>();
});
