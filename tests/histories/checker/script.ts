import { check } from './check';
import type { AnomalyKind } from './anomaly';
import type { Strictness } from './find-cycles';
import type { History, Outcome, Read, Stored, UnitRecord } from './history';

/** Hand-written: what one unit read and wrote, each row as `version:elements`. */
export interface Script {
  readonly outcome?: Outcome;
  readonly reads?: Readonly<Record<string, string>>;
  /** Those of the rows read that it asserted. */
  readonly guards?: readonly string[];
  /** The version that it made, or `gone`, and what it appended. */
  readonly writes?: Readonly<Record<string, string>>;
}

const partsOf = (text: string): { version: string; list: string[] } => {
  const [version = '', list = ''] = text.split(':');
  return { version, list: list === '' ? [] : list.split(',') };
};

const storedOf = (text: string): Stored => {
  const { version, list } = partsOf(text);
  return { version: Number(version), list };
};

const unitOf = (script: Script, index: number): UnitRecord => ({
  id: index + 1,
  outcome: script.outcome ?? 'committed',
  attempts: 1,
  steps: 'as written',
  reads: Object.entries(script.reads ?? {}).map(([row, text]): Read => ({
    row,
    ...storedOf(text),
    isGuarded: script.guards?.includes(row) ?? false,
  })),
  writes: Object.entries(script.writes ?? {}).map(([row, text]) => {
    const { version, list } = partsOf(text);
    return { row, version: version === 'gone' ? undefined : Number(version), appended: list };
  }),
});

export const stateOf = (rows: Readonly<Record<string, string>>) =>
  new Map(Object.entries(rows).map(([row, text]) => [row, storedOf(text)]));

/** A history in which the rows x and y are there from the beginning. */
export function historyOf(
  after: Readonly<Record<string, string>>,
  ...scripts: readonly Script[]
): History {
  return {
    units: scripts.map(unitOf),
    before: stateOf({ x: '1:', y: '1:' }),
    after: stateOf({ x: '1:', y: '1:', ...after }),
  };
}

/** What each checker accuses a history of. */
export function kindsOf(history: History, strictness: Strictness = 'serializable') {
  const { versions, lists } = check(history, strictness);
  const kinds = (found: readonly { kind: AnomalyKind }[]) => [
    ...new Set(found.map(({ kind }) => kind)),
  ];
  return { versions: kinds(versions.anomalies), lists: kinds(lists.anomalies) };
}

export const nothing = { versions: [], lists: [] };
