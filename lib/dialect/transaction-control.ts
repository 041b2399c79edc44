// Blanks, brackets and comments may come first, and what opens a comment that MySQL and MariaDB run.
const before = String.raw`^(?:[\s;(]|--[^\n]*\n|#[^\n]*\n|/\*(?!M?!)[^*]*(?:\*(?!/)[^*]*)*\*/|/\*M?!\d*)*`;

const control = String.raw`abort|begin|commit|end|prepare\s+transaction|release|rollback|savepoint|start\s+transaction`;

// Whatever is temporary leaves the transaction alone.
const implicitCommits =
  String.raw`alter|analyze\s+(?:\w+\s+)?table|cache\s+index|change\s+master|check\s+table|` +
  String.raw`create\s+(?!(?:or\s+replace\s+)?temporary\b)\w+|drop\s+(?!temporary\b)\w+|flush|grant|install|` +
  String.raw`load\s+index|lock|optimize|purge|rename|repair|reset|revoke|` +
  String.raw`set\s+(?:password|(?:session\s+|local\s+|@@(?:session\.|local\.)?)?autocommit)|start|stop|truncate|` +
  String.raw`uninstall|unlock|xa`;

const postgres = new RegExp(`${before}(?:${control})\\b`, 'i');
const mysql = new RegExp(`${before}(?:${control}|${implicitCommits})\\b`, 'i');

/** Whether the first words of a statement begin or end a transaction. */
export function controlsTransaction(sql: string): boolean {
  return postgres.test(sql);
}

/**
 * The same on MySQL and MariaDB, where much else commits what came before it, and LOCK TABLES outlasts it.
 *
 * @see https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
 */
export function commitsImplicitly(sql: string): boolean {
  return mysql.test(sql);
}
