import { join } from 'node:path';

import type { ClusterPlan, NodePlan } from './plan';

/** The settings file of a node. @see https://mariadb.com/kb/en/configuring-mariadb-galera-cluster/ */
export function settingsFile(plan: ClusterPlan, node: NodePlan): string {
  const all = { ...serverSettings(node), ...groupSettings(plan, node) };
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  return ['[mysqld]', ...lines, ''].join('\n');
}

function serverSettings({ number, folder, ports }: NodePlan): Record<string, string | number> {
  return {
    datadir: join(folder, 'data'),
    tmpdir: join(folder, 'tmp'),
    // Relative to the data directory, whose path may be longer than the name of a socket can be.
    socket: 'server.sock',
    'pid-file': 'server.pid',
    port: ports.sql,
    'bind-address': '127.0.0.1',
    'skip-name-resolve': 'ON',
    'character-set-server': 'utf8mb4',
    'server-id': number,
    'max-connections': 300,
    'performance-schema': 'OFF',
    // With 0 a node that is killed forgets what it has answered to COMMIT.
    'innodb-flush-log-at-trx-commit': 1,
    'innodb-buffer-pool-size': '128M',
    'innodb-log-file-size': '48M',
    'innodb-lock-wait-timeout': 10,
    // What Galera needs.
    'binlog-format': 'ROW',
    'default-storage-engine': 'InnoDB',
    'innodb-autoinc-lock-mode': 2,
    'innodb-force-primary-key': 1,
  };
}

function groupSettings(
  { programs, nodes }: ClusterPlan,
  { number, ports }: NodePlan,
): Record<string, string | number> {
  const addressOf = (port: number) => `127.0.0.1:${port}`;
  const members = nodes.map((node) => addressOf(node.ports.group)).join(',');
  const provider = {
    base_host: '127.0.0.1',
    base_port: ports.group,
    'gmcast.listen_addr': `tcp://${addressOf(ports.group)}`,
    'ist.recv_addr': addressOf(ports.ist),
    'gcache.size': '256M',
    // A node is given up after 2 s without a word, so that it can be paused for 1.5 s.
    // A node that comes back asks the others who they are, not its own file of before.
    'pc.recovery': 'FALSE',
    'evs.keepalive_period': 'PT0.5S',
    'evs.inactive_check_period': 'PT0.5S',
    'evs.suspect_timeout': 'PT2S',
    'evs.inactive_timeout': 'PT5S',
  };
  const provided = Object.entries(provider).map(([name, value]) => `${name}=${value}`);
  return {
    'wsrep-on': 'ON',
    'wsrep-provider': programs.provider,
    'wsrep-cluster-name': 'typeorm-unit-of-work',
    'wsrep-cluster-address': `gcomm://${members}`,
    'wsrep-node-name': `node-${number}`,
    'wsrep-node-address': addressOf(ports.group),
    'wsrep-node-incoming-address': addressOf(ports.sql),
    'wsrep-sst-method': 'rsync',
    'wsrep-sst-receive-address': addressOf(ports.sst),
    'wsrep-slave-threads': 2,
    'wsrep-provider-options': `"${provided.join(';')}"`,
  };
}
