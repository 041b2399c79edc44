import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import * as typeorm from 'typeorm';
import * as library from '../../lib/index';
import { onEachDatabase } from '../setup/on-each-database';

const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');

/** Compiles an example and runs it with the names it uses. */
async function run(code: string, names: Record<string, unknown>): Promise<unknown> {
  const { code: compiled } = transformSync(`export async function example() {\n${code}\n}`, {
    module: { type: 'commonjs' },
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      target: 'es2022',
    },
  });
  const scope = { ...typeorm, ...library, ...names };
  const module = { exports: {} as { example?: () => Promise<unknown> } };
  // oxlint-disable-next-line no-implied-eval -- the README is ours
  const define = new Function('module', 'exports', ...Object.keys(scope), compiled);
  define(module, module.exports, ...Object.values(scope));
  return module.exports.example?.();
}

@typeorm.Entity()
class Account {
  @typeorm.PrimaryGeneratedColumn()
  id: number;

  @typeorm.Column({ type: 'int' })
  balance: number;

  @library.RowVersion()
  version: number;
}

@typeorm.Entity('purchase')
class Order {
  @typeorm.PrimaryGeneratedColumn()
  id: number;

  @typeorm.Column({ type: 'int', default: 0 })
  total: number;

  @typeorm.OneToMany(() => Line, (line) => line.order)
  lines: Line[];

  @library.RowVersion()
  version: number;
}

@typeorm.Entity()
class Line {
  @typeorm.PrimaryGeneratedColumn()
  id: number;

  @typeorm.Column({ type: 'int' })
  price: number;

  @library.PartOf()
  @typeorm.ManyToOne(() => Order, (order) => order.lines)
  order: typeorm.Relation<Order>;
}

onEachDatabase('README', [Account, Order, Line, library.UnitOfWorkReceipt], (database) => {
  it('moves money by the first example', async () => {
    const accounts = [100, 0].map((balance) => Object.assign(new Account(), { balance }));
    await library.unitOfWork(database.source, async (uow) => uow.add(accounts));
    const [declaration, transfer] = (blocks[0] ?? '').split(/\n(?=await )/);

    expect(declaration).toContain('class Account');
    await run(transfer ?? '', { Account, dataSource: database.source });

    const rows = await database.sql('SELECT balance, row_version AS v FROM account ORDER BY id');
    expect(rows).toEqual([
      { balance: 90, v: 2 },
      { balance: 10, v: 2 },
    ]);
  });

  it('reports what was lost by the second example', async () => {
    const work = async (uow: library.UnitOfWork) => {
      const account = await uow.findOneByOrFail(Account, { id: 1 });
      // By the unit itself, for a rival would wait for the locks of the second attempt.
      await uow.manager.query('UPDATE account SET row_version = row_version + 1 WHERE id = 1');
      account.balance = 0;
    };
    const seen = `${blocks[1]?.replace(/\}\s*$/, '')}\n return lost; }`;

    const lost = await run(seen, { work, dataSource: database.source });

    expect(lost).toMatchObject({
      conflicts: [{ entityName: 'Account', key: [1] }],
      gaveUp: '3 attempts of at most 3 spent',
    });
  });

  it('adds a line to an order by the third example', async () => {
    const order = Object.assign(new Order(), { id: 1 });
    const line = Object.assign(new Line(), { order, price: 12 });
    await library.unitOfWork(database.source, async (uow) => uow.add([order, line]));
    const [declaration, work] = (blocks[2] ?? '').split(/\n(?=await )/);

    expect(declaration).toContain('@PartOf() @ManyToOne');
    await run(work ?? '', { Order, Line, dataSource: database.source });

    const rows = await database.sql('SELECT total, row_version AS v FROM purchase');
    expect(rows).toEqual([{ total: 42, v: 2 }]);
  });

  it('applies a request once by the example of exactlyOnce', async () => {
    const example = blocks.find((block) => block.includes('exactlyOnce')) ?? '';
    let runs = 0;
    const names = {
      dataSource: database.source,
      customer: 7,
      idempotencyKey: 'a',
      work: async () => void runs++,
    };

    await run(example, names);

    await expect(run(example, names)).rejects.toThrow(library.AlreadyAppliedError);
    // Both calls of the first run, and the first of the second one.
    expect(runs).toBe(3);
  });

  it('makes a policy by the fourth example', async () => {
    const policy = (await run(`${blocks[3]}\nreturn retry;`, {})) as library.RetryPolicy;

    const error = new library.ConcurrencyError('row-version', []);
    expect(policy({ attempt: 1, elapsedMs: 0, error })).toMatchObject({ retry: true });
    expect(policy({ attempt: 5, elapsedMs: 0, error })).toMatchObject({ retry: false });
  });

  it('runs code that knows nothing of units by the examples of ambient units', async () => {
    const [ambient = '', transfers = ''] = blocks.filter((code) =>
      /ambient|InUnitOfWork/.test(code),
    );
    const [switchOn = ''] = ambient.split('\n').slice(1);
    expect(switchOn).toContain('ambient: true');
    const dataSource = await database.openSource();
    await run(switchOn, { dataSource });
    const repository = dataSource.getRepository(Account);
    const payer = await repository.save({ balance: 5 });
    const payee = await repository.save({ balance: 0 });

    const code = `${transfers}\nreturn new Transfers(dataSource).transfer(payer, payee, 5);`;
    await run(code, { dataSource, Account, payer: payer.id, payee: payee.id });

    const rows = await database.sql(
      'SELECT balance, row_version AS v FROM account WHERE id >= $1',
      [payer.id],
    );
    expect(rows).toEqual([
      { balance: 0, v: 2 },
      { balance: 5, v: 2 },
    ]);
  });
});
