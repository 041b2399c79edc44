// One process of workloads: connects, waits for the start, reports what its writers were told.
import 'reflect-metadata';
import { once } from 'node:events';

import type { Tally } from '../scenario';
import { scenarios } from '../scenarios';
import { openSource } from './open-source';
import type { WorkloadJob, WorkloadMessage } from './workload-job';

// The parent is gone, however it ended: nobody waits for the tally.
process.once('disconnect', () => process.exit(1));

async function work({ scenario: name, address, share }: WorkloadJob): Promise<Tally> {
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (!scenario) throw new Error(`scenarios.ts lists no scenario ${name}`);
  const source = await openSource(address, scenario.entities);
  try {
    const start = once(process, 'message');
    send({ type: 'ready' });
    await start;
    return await scenario.work(source, share);
  } finally {
    await source.destroy();
  }
}

function send(message: WorkloadMessage): void {
  process.send?.(message);
}

process.on('message', (message: WorkloadJob | 'start') => {
  if (message === 'start') return;
  work(message).then(
    (tally) => send({ type: 'tally', tally }),
    (error: unknown) => {
      const text = error instanceof Error ? String(error.stack) : String(error);
      send({ type: 'error', message: text });
    },
  );
});
