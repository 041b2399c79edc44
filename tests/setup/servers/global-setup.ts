import { openServerBroker, type ServerBroker } from './server-broker';

let broker: ServerBroker | undefined;

/**
 * Starts nothing where `TEST_SERVERS` names a broker that serves several test runs.
 *
 * Jest insists on a default export here.
 */
export default async function openBroker(): Promise<void> {
  if (process.env['TEST_SERVERS']) return;
  broker = await openServerBroker();
  process.env['TEST_SERVERS'] = broker.url;
}

export async function closeBroker(): Promise<void> {
  await broker?.close();
  broker = undefined;
}
