import { clusterOf } from '../../../lib/dialect/galera';

const settings = {
  version: '10.11.19-MariaDB',
  wsrep_on: 'ON',
  wsrep_provider: '/usr/lib/galera/libgalera_smm.so',
};

const read = (changed: Partial<typeof settings>) =>
  clusterOf(new Map(Object.entries({ ...settings, ...changed })));

it('knows a node of a cluster by what it says of itself', () => {
  const cluster = read({});

  expect(cluster?.catchUp?.sql).toBe('SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1');
  expect(cluster?.isReady([{ Variable_name: 'wsrep_ready', Value: 'ON' }])).toBe(true);
  expect(cluster?.isReady([{ Variable_name: 'wsrep_ready', Value: 'OFF' }])).toBe(false);
  expect(cluster?.isReady([])).toBe(false);
});

it.each([{ wsrep_on: 'OFF' }, { wsrep_provider: 'none' }])(
  'takes %p for a server alone',
  (changed) => {
    expect(read(changed)).toBeUndefined();
  },
);

it('takes a server that knows no cluster for a server alone', () => {
  expect(clusterOf(new Map([['version', '8.0.40']]))).toBeUndefined();
});

it('sends no statement that only MariaDB understands', () => {
  const cluster = read({ version: '8.0.36-28.1' });

  expect(cluster).toBeDefined();
  expect(cluster?.catchUp).toBeUndefined();
});
