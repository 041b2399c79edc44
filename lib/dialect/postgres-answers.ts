import { swallowedMark, type WriteStatement } from './dialect';
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
 * Reads an answer that tells how many rows were written, and those of which there is more to say: a
 * thousand rows that say the same take longer to read than to write.
 */
export function shortAnswer(count: number): Pick<WriteStatement, 'isWhole' | 'arrange'> {
  const isWritten = (answers: readonly Row[]) =>
    answers.some(({ total }) => total !== null && Number(total) === count);
  return {
    isWhole: (answers) => answers.length === 1 && isWritten(answers),
    arrange: (answers) => {
      const told = new Map(answers.map((row) => [row['ord'], row]));
      const all = Array.from(
        { length: count },
        (_, ord) => told.get(ord) ?? { ord, reached: true },
      );
      // A row that was not written and is not told of is gone.
      return isWritten(answers) ? all : all.filter(({ ord }) => told.has(ord));
    },
  };
}
