import { UsageError } from '../errors/usage-error';
import { runInside, type OpenUnit } from './ambient';
import { checkOptions, isolationLevels, type UnitOfWorkOptions } from './options';
import type { Work } from './run-attempt';

/** What belongs to a whole unit, and so to the outermost one alone. */
const ofOutermost = ['retry', 'signal', 'timeoutMs', 'exactlyOnce', 'onBegin'] as const;

/**
 * Runs a nested unit in the one that is open: one transaction, one identity map, one replay.
 *
 * What it changed is written when it ends, so that keys and versions are what its caller expects. An
 * error of it ends the whole unit, also if the outer function goes on.
 *
 * @throws {UsageError} It asks for what only the outermost unit can give.
 */
export async function joinUnit<T>(
  opened: OpenUnit,
  work: Work<T>,
  options: UnitOfWorkOptions,
): Promise<T> {
  const { unit, attempt } = opened;
  try {
    refuseOptions(opened, checkOptions(options));
    return await attempt.during(async () => {
      const result = await runInside(opened, () => work(unit));
      await attempt.flush();
      return result;
    });
  } catch (error) {
    throw attempt.connection.fail(error);
  }
}

function refuseOptions({ attempt }: OpenUnit, options: UnitOfWorkOptions): void {
  const misplaced = ofOutermost.filter((name) => options[name] !== undefined);
  if (misplaced.length > 0) {
    throw new UsageError(
      `a nested unit of work joins the one that is open and cannot have its own ${misplaced.join(', ')}: ` +
        'give it to the outermost unit',
    );
  }
  const { isolation = attempt.isolation } = options;
  if (isolationLevels.indexOf(isolation) <= isolationLevels.indexOf(attempt.isolation)) return;
  throw new UsageError(
    `a nested unit of work asks for ${isolation}, and the one that is open runs at ${attempt.isolation}: ` +
      'give the stricter level to the outermost unit',
  );
}
