import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Killer } from './mutant';
import type { WorkTree } from './work-tree';

/** How the tests of a killer ended. Only `assertion` means that they have noticed something. */
export type Verdict =
  { readonly kind: 'passed' | 'assertion' } | { readonly kind: 'broken'; readonly reason: string };

/** What jest writes with --json, as far as it is read here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

// A run takes 2 to 15 s.
const timeoutMs = 120_000;

const surroundings = {
  TYPEORM: '1',
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
  // What this repository has unpacked already.
  DATABASES_CACHE: process.env['DATABASES_CACHE'] ?? resolve(__dirname, '../../.cache/databases'),
};

/** Where mutants are tried, one after the other. */
export interface Site {
  readonly tree: WorkTree;
  /** The address of a broker of database servers. */
  readonly servers: string;
}

/** Runs the tests of a killer in a process of their own, on a database of their own. */
export async function runKiller(
  { tree: { folder }, servers }: Site,
  { test, pattern, env }: Killer,
): Promise<Verdict> {
  const reportFile = join(folder, 'mutant-report.json');
  rmSync(reportFile, { force: true });
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const parameters = [jest, test, '-t', pattern, '--json', `--outputFile=${reportFile}`];
  const child = spawn(process.execPath, parameters, {
    cwd: folder,
    env: { ...process.env, ...surroundings, TEST_SERVERS: servers, ...env },
    stdio: 'ignore',
    timeout: timeoutMs,
  });
  await once(child, 'exit');
  if (child.signalCode !== null) return broken(`jest did not end within ${timeoutMs / 1_000} s`);
  try {
    return judge(JSON.parse(readFileSync(reportFile, 'utf8')) as JestReport);
  } catch {
    return broken('jest left no report');
  }
}

function judge(report: JestReport): Verdict {
  if (report.numRuntimeErrorTestSuites > 0) {
    return broken(`the tests did not load: ${firstLine(report.testResults[0]?.message)}`);
  }
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ failureMessages }) => failureMessages),
  );
  if (failed.some((message) => /^(\w*Error: )?expect\(/.test(message)))
    return { kind: 'assertion' };
  if (report.numFailedTests > 0) return broken(`no assertion failed, but: ${firstLine(failed[0])}`);
  return report.numPassedTests > 0 ? { kind: 'passed' } : broken('no test was selected');
}

const broken = (reason: string): Verdict => ({ kind: 'broken', reason });

const firstLine = (text = ''): string => text.trim().split('\n')[0] ?? '';
