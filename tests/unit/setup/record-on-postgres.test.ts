import { readStatements } from '../../setup/database/record-on-postgres';

const line = (text: string, database = 'mine', application = 'app') =>
  `[1] database=${database} application=${application} | ${text}\n`;

it('reads simple and extended statements with all their lines', () => {
  const log = [
    line('LOG:  statement: BEGIN'),
    line('LOG:  execute <unnamed>: UPDATE a\n\tSET b = $1\n\t\tWHERE c = $2'),
    line('LOG:  execute by_name: SELECT 1'),
  ];

  expect(readStatements(log.join(''), 'mine')).toEqual([
    'BEGIN',
    'UPDATE a\nSET b = $1\n\tWHERE c = $2',
    'SELECT 1',
  ]);
});

it('leaves out other databases, the observer and what is no statement', () => {
  const log = [
    line('LOG:  statement: SELECT 1', 'other'),
    line('LOG:  statement: SELECT 2', 'mine', 'observer'),
    line('LOG:  process 1 still waiting for ShareLock'),
    line('LOG:  checkpoint starting: time', ''),
  ];

  expect(readStatements(log.join(''), 'mine')).toEqual([]);
});

it('reads a refused statement once, whether it failed while parsed or while run', () => {
  const log = [
    line('LOG:  execute <unnamed>: INSERT INTO a VALUES (1)'),
    line('ERROR:  duplicate key value'),
    line('STATEMENT:  INSERT INTO a VALUES (1)'),
    line('ERROR:  current transaction is aborted'),
    line('STATEMENT:  INSERT INTO a VALUES (1)'),
  ];

  expect(readStatements(log.join(''), 'mine')).toEqual([
    'INSERT INTO a VALUES (1)',
    'INSERT INTO a VALUES (1)',
  ]);
});
