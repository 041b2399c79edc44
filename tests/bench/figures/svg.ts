/** A line of a chart, from point to point. */
export interface Line {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/** One coordinate system; both axes are logarithmic. */
export interface Panel {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly lines: readonly Line[];
}

const width = 300;
const height = 240;
const margin = { left: 56, right: 24, top: 58, bottom: 44 };

// Distinct for most kinds of colour blindness, and of middle brightness: legible on white and black.
const colors = ['#8b949e', '#2f81f7', '#2da44e', '#d1570c', '#bf3989'];

// A reader in the dark gets brighter text; where the question is not asked, this grey is legible too.
const style = `<style>
text { font: 11px system-ui, sans-serif; fill: #6e7781; }
.title { font-weight: 600; }
.grid { stroke: #8b949e; stroke-opacity: 0.3; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
@media (prefers-color-scheme: dark) { text { fill: #adbac7; } }
</style>`;

/** A picture of panels side by side under one legend. */
export function drawChart(title: string, panels: readonly Panel[]): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const colorOf = (name: string) => colors[names.indexOf(name) % colors.length] ?? '#8b949e';
  // One scale for all panels, so that they can be compared.
  const ys = decadesOf(panels.flatMap((panel) => pointsOf(panel).map(({ y }) => y)));
  const size = `${panels.length * width} ${height + 8}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" role="img" aria-label="${title}">`,
    style,
    text(8, 16, title, 'class="title"'),
    ...names.flatMap((name, index) => drawLegend(name, colorOf(name), 8 + index * 136)),
    ...panels.map((panel, index) => drawPanel(panel, ys, index * width, colorOf)),
    '</svg>\n',
  ].join('\n');
}

const drawLegend = (name: string, color: string, x: number): string[] => [
  `<path class="line" d="M${x} 30h18" stroke="${color}"/>`,
  text(x + 24, 34, name),
];

const pointsOf = ({ lines }: Panel): Line['points'] => lines.flatMap(({ points }) => points);

function drawPanel(
  panel: Panel,
  ys: readonly number[],
  left: number,
  colorOf: (name: string) => string,
): string {
  const xs = decadesOf(pointsOf(panel).map(({ x }) => x));
  const xAt = scale(xs, left + margin.left, left + width - margin.right);
  const yAt = scale(ys, height - margin.bottom, margin.top);
  const [x1, x2] = [left + margin.left, left + width - margin.right];
  const middle = (x1 + x2) / 2;
  return [
    ...ys.flatMap((y) => [
      `<path class="grid" d="M${x1} ${yAt(y)}H${x2}"/>`,
      text(x1 - 6, yAt(y) + 4, labelOf(y), 'text-anchor="end"'),
    ]),
    ...xs.map((x) => text(xAt(x), height - margin.bottom + 16, labelOf(x), centered)),
    text(middle, margin.top - 6, panel.title, `class="title" ${centered}`),
    text(middle, height - margin.bottom + 32, panel.xTitle, centered),
    text(x1 - 48, margin.top - 6, panel.yTitle),
    ...panel.lines.map(({ name, points }) => drawLine(points, xAt, yAt, colorOf(name))),
  ].join('\n');
}

const centered = 'text-anchor="middle"';

type Scale = (value: number) => number;

function drawLine(points: Line['points'], xAt: Scale, yAt: Scale, color: string): string {
  const places = points.map(({ x, y }) => `${xAt(x)} ${yAt(y)}`);
  const dots = points.map(
    ({ x, y }) => `<circle cx="${xAt(x)}" cy="${yAt(y)}" r="2.5" fill="${color}"/>`,
  );
  return [`<path class="line" d="M${places.join('L')}" stroke="${color}"/>`, ...dots].join('\n');
}

/** The powers of ten around some values, which are the ends of an axis and its marks. */
function decadesOf(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function scale(decades: readonly number[], from: number, to: number): Scale {
  const low = Math.log10(decades[0] ?? 1);
  const high = Math.log10(decades.at(-1) ?? 10);
  const at = (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  return (value) => Math.round(at(value) * 10) / 10;
}

const labelOf = (value: number): string =>
  value < 1 ? String(Number(value.toPrecision(1))) : value.toLocaleString('en-US');

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}" ${attributes}>${content}</text>`;
