import type { Anomaly, Findings } from './anomaly';
import { judgeApplications } from './applications';
import { findCycles, type Strictness } from './find-cycles';
import type { History } from './history';
import { byLists } from './list-order';
import { settle } from './settle';
import { byVersions } from './version-order';

/** What two checkers found that know nothing of each other. */
export interface Report {
  /** By the row versions that the units were told. */
  readonly versions: Findings;
  /** By what was appended to the rows. */
  readonly lists: Findings;
}

/** Checks a history twice: by row versions, and by the lists alone. */
export function check(history: History, strictness: Strictness): Report {
  const settled = settle(history);
  const [versions, lists] = [byVersions(settled), byLists(settled)];
  return {
    versions: withCycles(versions, [], strictness),
    lists: withCycles(lists, judgeApplications(settled), strictness),
  };
}

function withCycles(
  { edges, anomalies }: Findings,
  further: readonly Anomaly[],
  strictness: Strictness,
): Findings {
  return { edges, anomalies: [...findCycles(edges, strictness), ...further, ...anomalies] };
}
