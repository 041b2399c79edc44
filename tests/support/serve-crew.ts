import { once } from 'node:events';

import type { CrewMessage } from './crew';

/**
 * Makes this process a member of a crew.
 *
 * @param work Prepares itself, awaits `untilStart()`, and answers what it then did.
 */
export function serveCrew(
  work: (job: never, untilStart: () => Promise<void>) => Promise<unknown>,
): void {
  const send = (message: CrewMessage<unknown>) => process.send?.(message);
  const untilStart = async () => {
    const start = once(process, 'message');
    send({ type: 'ready' });
    await start;
  };
  // The parent is gone, however it ended: nobody waits for the result.
  process.once('disconnect', () => process.exit(1));
  process.on('message', (message: object | 'start') => {
    if (message === 'start') return;
    // The parent sends what this script works on.
    work(message as never, untilStart).then(
      (result) => send({ type: 'result', result }),
      (error: unknown) => {
        const text = error instanceof Error ? String(error.stack) : String(error);
        send({ type: 'error', message: text });
      },
    );
  });
}
