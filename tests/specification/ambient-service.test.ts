import { QueryFailedError } from 'typeorm';

import { configureUnitOfWork, unitOfWork, unlimitedBudget } from '../../lib/index';
import { warehouseEntities } from '../fixtures/warehouse/entities';
import { ScarcitySubscriber } from '../fixtures/warehouse/scarcity-subscriber';
import { price, WarehouseService } from '../fixtures/warehouse/service';
import { onEachDatabase } from '../setup/on-each-database';
import { isRacePlace } from '../support/how-many-rounds';

const copies = 10;
const operations = 12;
const skus = ['bolt', 'nut', 'screw'];

onEachDatabase(
  'a service written for plain TypeORM',
  warehouseEntities,
  (database) => {
    /** What the service says it has brought in by now. */
    interface Tally {
      stock: number;
      credit: number;
    }

    type Run = <T>(operation: () => Promise<T>) => Promise<T>;

    /** One copy of the service at work; whatever it reports as done must be found afterwards. */
    async function work(
      service: WarehouseService,
      run: Run,
      tally: Tally,
      copy: number,
      refused: unknown[],
    ) {
      const clients = [1 + (copy % 3), 1 + ((copy + 1) % 3)] as const;
      for (let i = 0; i < operations; i++) {
        const [sku, other] = [skus[(copy + i) % 3]!, skus[(copy + i + 1) % 3]!];
        const [client] = clients;
        const steps: (() => Promise<unknown>)[] = [
          () => run(() => service.restock(sku, 2)).then(() => (tally.stock += 2)),
          () => run(() => service.grant(client, 6)).then(() => (tally.credit += 6)),
          () => run(() => service.buy(client, sku, 1)),
          () => run(() => service.move(sku, other, 1)),
          () => run(() => service.count(sku, 1)).then(() => (tally.stock += 1)),
          () => run(() => service.rename(client, `client of ${copy}`)),
          () => run(() => service.cancel(client)),
          () => run(() => service.forget()),
        ];
        await steps[(copy + i) % steps.length]!().catch((error) => refused.push(error));
      }
    }

    async function compare(isAmbient: boolean) {
      const source = await database.openSource();
      source.subscribers.push(new ScarcitySubscriber());
      const services = Array.from({ length: copies }, () => new WarehouseService(source));
      // Switched on long after the repositories were taken.
      configureUnitOfWork(source, {
        ambient: isAmbient,
        retry: { maxAttempts: 100, maxElapsedMs: 60_000, baseMs: 1, capMs: 30 },
        budget: unlimitedBudget,
      });
      const run: Run = isAmbient ? (operation) => unitOfWork(source, operation) : (one) => one();
      const tally: Tally = { stock: 150, credit: 0 };
      const refused: unknown[] = [];
      const [first] = services as [WarehouseService];
      for (const table of ['purchase', 'product', 'client']) {
        await database.sql(`DELETE FROM ${table}`);
      }
      for (const sku of skus) await run(() => first.register(sku, 50));
      for (const id of [1, 2, 3]) {
        const { id: made } = await run(() => first.enrol(`client ${id}`));
        await database.sql('UPDATE client SET id = $1 WHERE id = $2', [id, made]);
      }
      await Promise.all(services.map((service, copy) => work(service, run, tally, copy, refused)));
      const { stock, bought, credit } = await first.inventory();
      return {
        lostStock: tally.stock - stock - bought,
        lostCredit: tally.credit - credit - bought * price,
        refused,
      };
    }

    it('loses nothing under ambient units when ten copies run at once', async () => {
      expect(await compare(true)).toEqual({ lostStock: 0, lostCredit: 0, refused: [] });
    }, 60_000);

    it('loses changes without units', async () => {
      const { lostStock, lostCredit, refused } = await compare(false);

      // Without units statements deadlock, or insert again what is gone: that is no loss.
      expect(refused.filter((error) => !(error instanceof QueryFailedError))).toEqual([]);
      expect({ lostStock, lostCredit }).not.toEqual({ lostStock: 0, lostCredit: 0 });
    }, 60_000);
  },
  isRacePlace,
);
