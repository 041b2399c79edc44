import { onEachDatabase } from '../setup/on-each-database';
import { enumerate, type Shape } from './cuts/enumerate';
import { explore } from './cuts/explore';
import { openLanes, type Lanes } from './cuts/lane';
import { runTrial } from './cuts/trial';
import { entities } from './ledger/entities';
import { replayOnAnyError, trustErrors } from './units/run-naively';

const timeoutMs = 300_000;

// A ledger that finds nothing here would find nothing anywhere.
onEachDatabase(
  'a ledger of naive code',
  entities,
  (database) => {
    let lanes: Lanes;
    beforeAll(async () => {
      lanes = await openLanes(database);
    }, timeoutMs);
    afterAll(() => lanes?.close());

    const naive: Omit<Shape, 'run'> = {
      kind: 'transfer without a key',
      isolation: 'READ COMMITTED',
      exactlyOnce: false,
      isContended: false,
      amount: 10,
    };

    it('shows a transfer twice that runs again after any error', async () => {
      const shape = { ...naive, run: replayOnAnyError };
      const trials = await enumerate(lanes, shape, ['lose-answer']);

      const { tally } = await explore(lanes, trials);

      process.stdout.write(tally.describe(`naive replays on ${database.name}`));
      // Only the answer to COMMIT comes when everything is stored.
      expect(tally.faults('double apply')).toBe(1);
    });

    it('shows a transfer that was told as rolled back by code that trusts errors', async () => {
      const shape = { ...naive, run: trustErrors };
      const trials = await enumerate(lanes, shape, ['lose-request', 'lose-answer', 'delay']);

      const { tally } = await explore(lanes, trials);

      process.stdout.write(tally.describe(`errors taken for rollbacks on ${database.name}`));
      // The answer to COMMIT comes when everything is stored, and a late COMMIT stores it later.
      expect(tally.faults('wrong outcome')).toBe(2);
    });

    it('shows a deposit that save() overwrites', async () => {
      const [lane] = lanes.all;
      const trial = { ...naive, isContended: true, run: trustErrors, decide: () => undefined };

      const { objections } = await runTrial(lanes, lane!, trial);

      expect(objections).toEqual([
        { fault: 'lost update', text: expect.stringMatching(/^the balance of account 1 is 990,/) },
      ]);
    });
  },
  ({ name }) => name !== 'mysql driver',
);
