import assert from 'node:assert/strict';
import type { DataSource } from 'typeorm';
import { unitOfWork } from '../lib/index';
import { Product } from './entities';
import type { Print } from './setup/example';

export const title = 'imports 5,000 rows in portions, all of them or none';

const portionSize = 1_000;

export async function run(dataSource: DataSource, print: Print): Promise<void> {
  await dataSource.manager.clear(Product);

  await importProducts(dataSource, readProducts(5_000), print);
  const stored = await dataSource.manager.count(Product);
  print(`${stored} products are stored`);

  const broken = [...readProducts(6_000).slice(5_000), { sku: 'sku-1', price: 1 }];
  const failed = await importProducts(dataSource, broken, print).then(
    () => false,
    () => true,
  );
  const storedAfter = await dataSource.manager.count(Product);
  print(`a file with a duplicate is refused: still ${storedAfter} products are stored`);

  assert.deepEqual([stored, failed, storedAfter], [5_000, true, 5_000]);
}

async function importProducts(
  dataSource: DataSource,
  rows: readonly Pick<Product, 'sku' | 'price'>[],
  print: Print,
): Promise<void> {
  await unitOfWork(dataSource, async (uow) => {
    for (let start = 0; start < rows.length; start += portionSize) {
      const portion = rows.slice(start, start + portionSize);
      uow.add(portion.map((row) => Object.assign(new Product(), row)));
      // One INSERT for the portion; then its objects are forgotten, so that memory stays flat.
      await uow.flush();
      uow.clear();
      print(`  ${start + portion.length} rows sent`);
    }
  });
}

const readProducts = (count: number): Pick<Product, 'sku' | 'price'>[] =>
  Array.from({ length: count }, (_, index) => ({ sku: `sku-${index}`, price: index % 100 }));
