import type { DataSource } from 'typeorm';

import { cancelJob, cancelWithSave } from '../../../examples/coder/cancel-job';
import { claimJob } from '../../../examples/coder/claim-job';
import { createAndNotifyEarly, createJob } from '../../../examples/coder/create-job';
import type { ProvisionerJob } from '../../../examples/coder/entities';
import {
  claimWithoutLock,
  type NaiveClaim,
  type NaiveClaimOptions,
} from '../../../examples/coder/naive-claims';
import { reapJob, reapWithSave } from '../../../examples/coder/reap-jobs';
import {
  beginJob,
  beginWithoutCheck,
  completeJob,
  completeWithoutCheck,
} from '../../../examples/coder/run-job';
import type { IsolationLevel } from '../../../lib/index';
import type { Variant } from '../scenario';

type Step = (source: DataSource, job: ProvisionerJob, isolation: IsolationLevel) => Promise<void>;

/** What the actors of the workload do, in one of its variants. */
interface Operations {
  readonly create: typeof createJob;
  /** In units of work a claim takes no isolation: it is always READ COMMITTED. */
  readonly claim: (
    source: DataSource,
    workerId: number,
    options: NaiveClaimOptions,
  ) => Promise<NaiveClaim | null>;
  readonly begin: Step;
  readonly complete: Step;
  readonly cancel: typeof cancelJob;
  readonly reap: typeof reapJob;
}

const units: Operations = {
  create: createJob,
  claim: claimJob,
  begin: beginJob,
  complete: completeJob,
  cancel: cancelJob,
  reap: reapJob,
};

const naive: Operations = {
  create: createAndNotifyEarly,
  claim: claimWithoutLock,
  begin: beginWithoutCheck,
  complete: completeWithoutCheck,
  cancel: cancelWithSave,
  reap: reapWithSave,
};

export const operations: Readonly<Record<Variant, Operations>> = {
  'unit-of-work': units,
  naive,
  serial: naive,
};
