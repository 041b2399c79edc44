import {
  Column,
  Entity,
  Index,
  PrimaryColumn,
  Table,
  type DataSource,
  type EntityMetadata,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import type { ReceiptTable } from '../dialect/receipts';
import { UsageError } from '../errors/usage-error';

/**
 * Proof that a unit of work with `exactlyOnce` was committed: it is written with it, in its transaction.
 *
 * Its table is made by `CreateUnitOfWorkReceipt` (or `synchronize`), and cleaned by
 * `deleteReceipts()`.
 *
 * @example
 *   new DataSource({
 *     …,
 *     entities: [Account, UnitOfWorkReceipt],
 *     migrations: [CreateUnitOfWorkReceipt1763769600000],
 *   });
 */
@Entity('unit_of_work_receipt')
export class UnitOfWorkReceipt {
  /** SHA-256 of the key, 64 hexadecimal digits: letter case, length and collation of keys do not matter. */
  @PrimaryColumn({ type: 'char', length: 64 })
  id: string;

  /** Which call of `unitOfWork()` it was. */
  @Column({ type: 'varchar', length: 36, name: 'call_id' })
  callId: string;

  /** When it was written, by the clock of the database: milliseconds since 1970, whatever the time zone. */
  @Index()
  @Column({ type: 'bigint', name: 'created_ms' })
  createdMs: string;
}

/** The migration that makes the table of receipts, for `migrations` of a data source. */
export class CreateUnitOfWorkReceipt1763769600000 implements MigrationInterface {
  // TypeORM tells migrations apart by it, and a bundler may shorten the name of a class.
  readonly name = 'CreateUnitOfWorkReceipt1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(tableFor(runner));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(tableFor(runner));
  }
}

/** As `synchronize` would make it. */
function tableFor({ connection }: QueryRunner): Table {
  return Table.create(metadataOf(connection), connection.driver);
}

/** @throws {UsageError} The data source does not know the entity. */
export function receiptTable(dataSource: DataSource): ReceiptTable {
  const metadata = metadataOf(dataSource);
  const name = (property: keyof UnitOfWorkReceipt) =>
    metadata.findColumnWithPropertyName(property)?.databaseName ?? property;
  const path = metadata.tablePath.split('.');
  return { path, id: name('id'), callId: name('callId'), createdMs: name('createdMs') };
}

function metadataOf(dataSource: DataSource): EntityMetadata {
  if (dataSource.hasMetadata(UnitOfWorkReceipt)) return dataSource.getMetadata(UnitOfWorkReceipt);
  throw new UsageError(
    'the data source does not know the table of receipts: add UnitOfWorkReceipt to its entities, and ' +
      'CreateUnitOfWorkReceipt1763769600000 to its migrations',
  );
}
