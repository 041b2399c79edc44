import { syntax as mysql } from '../../../lib/dialect/mysql-syntax';
import { syntax as postgres } from '../../../lib/dialect/postgres-syntax';
import { SqlWriter } from '../../../lib/dialect/sql-writer';

it('binds values in the order in which their placeholders are written', () => {
  const numbered = new SqlWriter(postgres);
  const plain = new SqlWriter(mysql);

  const bound = [numbered, plain].map((sql) => [sql.bind('a'), sql.bind(null)].join(', '));

  expect(bound).toEqual(['$1, $2', '?, ?']);
  expect(numbered.statement('x').parameters).toEqual(['a', null]);
  expect(plain.statement('x').parameters).toEqual(['a', null]);
});

it('leaves out lines that are empty or missing', () => {
  expect(new SqlWriter(mysql).statement('SELECT 1', undefined, '', 'FROM x').sql).toBe(
    'SELECT 1\nFROM x',
  );
});

it('quotes names and every part of a path', () => {
  expect(new SqlWriter(postgres).path(['my schema', 'a"b'])).toBe('"my schema"."a""b"');
  expect(new SqlWriter(mysql).path(['my schema', 'a`b'])).toBe('`my schema`.`a``b`');
  expect(new SqlWriter(mysql).name('a.b')).toBe('`a.b`');
});
