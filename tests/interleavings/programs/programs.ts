import { basketPrograms } from './baskets';
import { cellPrograms } from './cells';
import type { Program } from './program';
import { wordPrograms } from './words';

export const programs: readonly Program[] = [...cellPrograms, ...wordPrograms, ...basketPrograms];
