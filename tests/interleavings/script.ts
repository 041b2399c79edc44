import type { Course, Outcome } from './stepper/course';
import type { Wire } from './wire/wire';

const width = 76;
const kept = 110;
// Between words where that is possible.
const broken = new RegExp(`.{1,${width}}(?= |$)|.{1,${width}}`, 'g');

/** A course as it is read: a column for each unit, a row for each step, and what each came to. */
export function printScript(
  titles: readonly string[],
  { steps, lives }: Course,
  wire: Wire,
): string {
  const heads = titles.map((title, index) => `${letterOf(index)} ${title}`);
  const rows = steps.map(({ unit, exchange }) => {
    const statement = abridge(wire.statementOf(Buffer.concat(exchange.sent)));
    const reply = abridge(wire.replyOf(Buffer.concat(exchange.received)));
    return cellsOf(titles.length, unit, `${statement} → ${reply}`);
  });
  const ends = lives.map(({ outcome }) => describe(outcome));
  return [heads, ...rows.flat(), ends].map(line).join('\n');
}

const letters = 'ABCDEFGH';

const letterOf = (unit: number): string => letters[unit] ?? '?';

/** The unit that a letter stands for. */
export const unitOf = (letter: string): number => letters.indexOf(letter);

/** The choices by which a course can be walked again. */
export const choicesOf = ({ steps }: Course): string =>
  steps.map(({ unit }) => letterOf(unit)).join('');

/** A text in its column, on as many lines as it needs. */
function cellsOf(columns: number, column: number, text: string): string[][] {
  const lines = text.match(broken) ?? [''];
  return lines.map((part) =>
    Array.from({ length: columns }, (_, at) => (at === column ? part.trim() : '')),
  );
}

const shorten = (text: string): string => text.replace(/\s+/g, ' ').replace(/["`]/g, '').trim();

/** Leaves out what TypeORM selects, and the middle of what is long: the parameters stand at the end. */
function abridge(text: string): string {
  const short = shorten(text).replace(/^SELECT .*? FROM /, 'SELECT … FROM ');
  return short.length <= 2 * kept ? short : `${short.slice(0, kept)} … ${short.slice(-kept)}`;
}

const line = (cells: readonly string[]): string =>
  cells
    .map((cell) => cell.slice(0, width).padEnd(width))
    .join(' | ')
    .trimEnd();

function describe(outcome: Outcome): string {
  if ('result' in outcome) return `= ${JSON.stringify(outcome.result)}`;
  return `! ${shorten(String(outcome.error))}`;
}
