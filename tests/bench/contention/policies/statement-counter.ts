import type { Logger } from 'typeorm';

const lockingRead = /\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b|\bLOCK IN SHARE MODE\b/i;

/** Counts what is sent to a database, BEGIN and COMMIT included; TypeORM may use it as its logger. */
export class StatementCounter implements Logger {
  statements = 0;
  /** Those of them that lock what they read. */
  lockingReads = 0;

  logQuery(sql: string): void {
    this.statements++;
    if (lockingRead.test(sql)) this.lockingReads++;
  }

  // What TypeORM says besides is nothing to count.
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
