import type { GrowthFigure, MemoryFigure, NetworkFigure } from './figures';

export function describeNetwork({ engine, directMs, proxiedMs, delayedMs }: NetworkFigure): string {
  const ms = (value: number) => `${value.toFixed(3)} ms`;
  return `${engine}, SELECT 1: ${ms(directMs)}, by way of the proxy ${ms(proxiedMs)}, with its delay ${ms(delayedMs)}: ${ms(delayedMs - proxiedMs)} more`;
}

export function describeMemory({ engine, entities, plain, tracked }: MemoryFigure): string {
  return `${engine}, memory with ${entities.toLocaleString('en-US')} entities: ${plain} bytes for one by find, ${tracked} in a unit: ${tracked - plain} more`;
}

export function describeGrowth(figure: GrowthFigure): string {
  const { engine, rows, library, handWritten, growth } = figure;
  const lines = rows.map((count, index) => {
    const [own, other] = [library, handWritten].map((spreads) => spreads[index]?.median ?? 0);
    return `  ${count.toLocaleString('en-US').padStart(7)} rows: ${own?.toFixed(2)} µs a row, by hand ${other?.toFixed(2)} µs`;
  });
  const { median, lower, upper } = growth;
  const spread = `[${lower.toFixed(2)}–${upper.toFixed(2)}]`;
  return [
    `${engine}, growth of an update: a row of the most takes ${median.toFixed(2)} × ${spread} the time of a row of the fewest`,
    ...lines,
  ].join('\n');
}
