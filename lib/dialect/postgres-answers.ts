import { swallowedMark } from './dialect';
import type { Row } from './statement';

/**
 * Fails the statement if a trigger, rule or policy let it write some of its rows and not the others:
 * it may be the whole transaction. A text that is no number is an error with a message of ours.
 */
export function allOrNothing(written: string, count: string): string {
  const total = `(SELECT count(*)::int FROM ${written})`;
  return `CASE WHEN ${total} IN (0, ${count}) THEN ${total} ELSE (${total} || ' rows: ${swallowedMark}')::int END`;
}

/**
 * What is answered is how many rows were written, and those of which there is more to say: a thousand
 * rows that say the same take longer to read than to write.
 */
export function completeRows(answers: readonly Row[], count: number): Row[] {
  const total = answers.find((row) => row['total'] !== null)?.['total'];
  const told = new Map(answers.map((row) => [row['ord'], row]));
  const isWhole = Number(total) === count;
  const rows: Row[] = [];
  for (let ord = 0; ord < count; ord++) {
    const row = told.get(ord);
    if (row?.['found']) rows.push(row);
    else if (!row && isWhole) rows.push({ ord, reached: true });
  }
  return rows;
}
