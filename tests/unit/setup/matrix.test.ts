import { chooseVariants } from '../../setup/database/matrix';

const namesOf = (env: NodeJS.ProcessEnv) => chooseVariants(env).map(({ name }) => name);

it('tests PostgreSQL and MariaDB always, MySQL where one is named', () => {
  const always = ['postgres', 'mariadb', 'mariadb snapshot-isolation', 'mysql driver'];

  expect(namesOf({})).toEqual(always);
  expect(namesOf({ MYSQL_URL: 'mysql://somewhere' })).toEqual([...always, 'mysql']);
});

it('leaves variants of a server to the newest TypeORM, unless everything is asked for', () => {
  const older = (env: NodeJS.ProcessEnv) => chooseVariants(env, 'typeorm-0320').length;

  expect(older({})).toBe(2);
  expect(older({ ROUNDS: 'full' })).toBe(chooseVariants({}, 'typeorm').length);
});

it('tests only the engines that DATABASES lists', () => {
  expect(namesOf({ DATABASES: 'postgres' })).toEqual(['postgres']);
  expect(namesOf({ DATABASES: 'mysql, postgres' })).toEqual(['postgres', 'mysql']);
});

it('refuses an engine that it does not know instead of testing nothing', () => {
  expect(() => namesOf({ DATABASES: 'postgre' })).toThrow('DATABASES names postgre; it may name');
});
