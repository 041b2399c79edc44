/**
 * A table padded as prettier does it; the first row holds the titles.
 *
 * @param textColumns How many columns, from the left, are text; figures are aligned to the right.
 */
export function markdownTable(rows: readonly (readonly string[])[], textColumns: number): string {
  const [titles = [], ...body] = rows;
  const widths = titles.map((_, column) =>
    Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const align = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
  };
  const rule = widths.map((width, column) =>
    column < textColumns ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  const lines = [titles.map(align), rule, ...body.map((row) => row.map(align))];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
