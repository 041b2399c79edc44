// One process of the workload: connects, then writes from each `go` to the next `stop`.
import 'reflect-metadata';
import { configureUnitOfWork } from '../../lib/index';
import { openDatabase, type Address } from './database';
import { ConflictRecorder } from './ledger';
import { runWriter, type Role, type Variant } from './writers';

export interface Job {
  readonly variant: Variant;
  readonly address: Address;
  readonly roles: readonly Role[];
}

// The process that gave the job is gone, however it ended: nobody waits for the result.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches every process of the terminal; the first one decides what happens to this one.
process.on('SIGINT', () => undefined);

async function work({ variant, address, roles }: Job): Promise<void> {
  // Each writer holds one connection at most; the ledger needs some beside them.
  const dataSource = await openDatabase(address, roles.length + 2);
  const recorder = new ConflictRecorder(dataSource);
  configureUnitOfWork(dataSource, { retry: recorder.policy });
  process.send?.('ready');
  while ((await command('go', 'end')) === 'go') {
    const stop = new AbortController();
    void command('stop').then(() => stop.abort());
    await Promise.all(
      roles.map((role) => runWriter(role, variant, dataSource, recorder, stop.signal)),
    );
    await recorder.settled();
    process.send?.('stopped');
  }
  await dataSource.destroy();
}

function command(...expected: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const listen = (text: unknown) => {
      if (typeof text !== 'string' || !expected.includes(text)) return;
      process.off('message', listen);
      resolve(text);
    };
    process.on('message', listen);
  });
}

work(JSON.parse(process.argv[2] ?? '') as Job).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
