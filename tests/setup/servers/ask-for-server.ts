import { request } from 'node:http';

import type { ServerAddress } from '../databases';
import type { TestServerName } from './test-servers';

/** The address of a server of this test run; the first to ask waits until it has started. */
export function askForServer(name: TestServerName): Promise<ServerAddress> {
  const broker = process.env['TEST_SERVERS'];
  if (!broker) throw new Error('TEST_SERVERS is not set: this needs the global set-up of jest');
  return new Promise((resolve, reject) => {
    const url = `${broker}/${encodeURIComponent(name)}`;
    const asking = request(url, { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as ServerAddress);
        else reject(new Error(text));
      });
    });
    asking.once('error', reject);
    asking.end();
  });
}
