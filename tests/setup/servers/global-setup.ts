import { openServerBroker, type ServerBroker } from './server-broker';

let broker: ServerBroker | undefined;

// Jest insists on a default export here.
export default async function openBroker(): Promise<void> {
  broker = await openServerBroker();
  process.env['TEST_SERVERS'] = broker.url;
}

export async function closeBroker(): Promise<void> {
  await broker?.close();
  broker = undefined;
}
