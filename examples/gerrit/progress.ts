import type { DataSource } from 'typeorm';
import { readFigures } from './figures';

/** Prints once a second what the ledger says so far. */
export function showProgress(dataSource: DataSource): { readonly stop: () => Promise<void> } {
  let seconds = 0;
  let last = Promise.resolve();
  const print = async () => {
    const { commits, conflicts, replays, lost } = await readFigures(dataSource);
    // The processes are still starting.
    if (commits === 0) return;
    seconds += 1;
    console.log(
      `${String(seconds).padStart(4)} s  ${commits} commits, ${conflicts} conflicts, ` +
        `${replays} replays, ${lost} lost`,
    );
  };
  const timer = setInterval(() => {
    // A reading that fails here fails again, and is reported, when the table is made.
    last = last.then(print).catch(() => undefined);
  }, 1_000);
  return {
    stop: async () => {
      clearInterval(timer);
      await last;
    },
  };
}
