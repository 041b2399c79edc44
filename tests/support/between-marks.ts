/**
 * A text with something else between `<!-- name -->` and `<!-- /name -->`, which stay.
 *
 * @throws {Error} The text has no such marks.
 */
export function withBetweenMarks(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(begin);
  const stop = text.indexOf(end);
  if (start < 0 || stop < start) throw new Error(`README.md has no ${begin} … ${end}`);
  return `${text.slice(0, start)}${begin}\n\n${content}\n\n${text.slice(stop)}`;
}
