import type { DataSource } from 'typeorm';
import { readFigures } from './figures';

/** Prints once a second what the ledger says so far. */
export function showProgress(dataSource: DataSource): { readonly stop: () => Promise<void> } {
  const startedAt = Date.now();
  let last = Promise.resolve();
  const print = async () => {
    const { commits, conflicts, replays, lost } = await readFigures(dataSource);
    if (commits === 0) return;
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0);
    console.log(
      `${seconds.padStart(4)} s  ${commits} commits, ${conflicts} conflicts, ` +
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
