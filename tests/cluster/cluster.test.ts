import { UnitOfWorkReceipt } from '../../lib/index';
import { entities as ledgerEntities } from '../faults/ledger/entities';
import { Account } from '../fixtures/account';
import { defineAssertions } from './behaviour/assertions';
import { defineCertification } from './behaviour/certification';
import { defineLostNodes } from './behaviour/lost-nodes';
import { defineReceipts } from './behaviour/receipts';
import { defineReplays } from './behaviour/replays';
import { defineLedger } from './load/ledger';
import { defineRace } from './load/race';
import { defineSystems } from './load/systems';
import { describeCluster, describeDatabase } from './support/describe-cluster';

const entities = [Account, UnitOfWorkReceipt];

describeCluster((cluster) => {
  describeDatabase('a unit that was second', cluster, entities, defineCertification);
  describeDatabase('a row that is only read', cluster, entities, defineAssertions);
  describeDatabase('a replay', cluster, entities, defineReplays);
  describeDatabase('a request', cluster, entities, defineReceipts);
  describeDatabase('a node that is alone', cluster, entities, defineLostNodes);
  describeDatabase('a race of processes on all nodes', cluster, entities, defineRace);
  describeDatabase('a ledger on all nodes', cluster, ledgerEntities, defineLedger);
  describe('the five systems on all nodes', () => defineSystems(cluster));
});
