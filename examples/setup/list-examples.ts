import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Example } from './example';

const folder = join(__dirname, '..');
const others = ['run.ts', 'entities.ts', 'setup'];

/** The names of the examples: each is a file of examples/, or a folder there with an example.ts. */
export const listExamples = (): string[] =>
  readdirSync(folder)
    .filter((entry) => !others.includes(entry) && (entry.endsWith('.ts') || isFolder(entry)))
    .map((entry) => entry.replace(/\.ts$/, ''))
    .toSorted();

export const loadExample = async (name: string): Promise<Example> =>
  (await import(join(folder, name, isFolder(name) ? 'example' : ''))) as Example;

const isFolder = (name: string): boolean => existsSync(join(folder, name, 'example.ts'));
