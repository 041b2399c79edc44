import { isPlainRead } from '../../../lib/dialect/plain-read';

it.each([
  'SELECT "Account"."id" AS "Account_id" FROM "account" "Account" WHERE (("Account"."id" = $1)) LIMIT 1',
  'SELECT COUNT(DISTINCT("a"."id")) AS "cnt" FROM "account" "a"',
  'SELECT `a`.`id` AS `a_id` FROM `account` `a` WHERE `a`.`id` IN (?, ?) ORDER BY `a`.`id` ASC',
  'SELECT DISTINCT "d"."x" FROM (SELECT "a"."id" AS "x" FROM "t" "a" LEFT JOIN "u" "b" ON "b"."a"="a"."id") "d"',
  'SELECT "a"."update" FROM "for update" "a"',
])('takes %s for a plain read', (sql) => {
  expect(isPlainRead(sql)).toBe(true);
});

it.each([
  'SELECT "a"."id" FROM "account" "a" FOR UPDATE',
  'SELECT `a`.`id` FROM `account` `a` LOCK IN SHARE MODE',
  'SELECT nextval($1)',
  'SELECT "nextval"($1)',
  'SELECT `f` (1)',
  'SELECT pg_advisory_xact_lock(1)',
  'SELECT "a"."id" INTO "b" FROM "a"',
  'SELECT "a"."id" FROM "a"; DELETE FROM "a"',
  'SELECT "a"."x"::regclass FROM "a"',
  'SELECT \'x\' FROM "a"',
  'SELECT @found := 1',
  'SELECT "a\\"" FOR UPDATE "b"',
  'SELECT "a" /* */ FROM "b"',
  'SELECT 1 -- FOR UPDATE',
  'WITH "w" AS (DELETE FROM "a" RETURNING *) SELECT * FROM "w"',
  'UPDATE "a" SET "b" = $1',
  'SELECT "unclosed FROM "a"',
])('takes %s for a statement that does more', (sql) => {
  expect(isPlainRead(sql)).toBe(false);
});
