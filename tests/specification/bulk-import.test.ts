import { unitOfWork } from '../../lib/index';
import { Book } from '../fixtures/shop';
import { onEachDatabase } from '../setup/on-each-database';

const rowCount = 50_000;

onEachDatabase(
  'a bulk import',
  [Book],
  (database) => {
    it(`inserts ${rowCount} rows by one insert(), and they are numbered as they came`, async () => {
      const rows = Array.from({ length: rowCount }, (_, i) => ({ isbn: `${i}`, title: `T${i}` }));
      const heapBefore = process.memoryUsage().heapUsed;
      const begin = performance.now();
      let heapUsed = 0;

      const { identifiers } = await unitOfWork(database.source, async (uow) => {
        const result = await uow.manager.insert(Book, rows);
        heapUsed = process.memoryUsage().heapUsed - heapBefore;
        return result;
      });

      const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
      const megabytes = (heapUsed / 2 ** 20).toFixed(0);
      process.stdout.write(`${rowCount} rows: ${seconds} s, ${megabytes} MiB of heap\n`);
      const [summary] = await database.sql(
        `SELECT count(*) AS total, sum(CASE WHEN row_version = 1 THEN 1 ELSE 0 END) AS versioned FROM book`,
      );
      expect([summary?.['total'], summary?.['versioned']].map(Number)).toEqual([
        rowCount,
        rowCount,
      ]);
      const sample = identifiers[31_337]!['id'] as number;
      const [row] = await database.sql('SELECT isbn FROM book WHERE id = $1', [sample]);
      expect(row).toEqual({ isbn: '31337' });
    }, 60_000);
  },
  // The other variants send the same statements.
  ({ name }) => name === 'postgres' || name === 'mariadb',
);
