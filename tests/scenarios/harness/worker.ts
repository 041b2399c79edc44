// One process of a workload: connects, waits for the start, reports what its writers were told.
import 'reflect-metadata';
import { once } from 'node:events';

import { scenarios } from '../scenarios';
import { openSource } from './open-source';
import type { WorkloadJob, WorkloadMessage } from './workload-job';

// The parent is gone, however it ended: nobody waits for the tally.
process.once('disconnect', () => process.exit(1));

async function work(): Promise<WorkloadMessage> {
  const [{ scenario: name, address, share }] = (await once(process, 'message')) as [WorkloadJob];
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (!scenario) throw new Error(`scenarios.ts lists no scenario ${name}`);
  const source = await openSource(address, scenario.entities);
  try {
    const start = once(process, 'message');
    send({ type: 'ready' });
    await start;
    return { type: 'tally', tally: await scenario.work(source, share) };
  } finally {
    await source.destroy();
  }
}

function send(message: WorkloadMessage): void {
  process.send?.(message);
}

work().then(send, (error: unknown) => {
  send({ type: 'error', message: error instanceof Error ? String(error.stack) : String(error) });
});
