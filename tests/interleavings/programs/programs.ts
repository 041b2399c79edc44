import { basketPrograms } from './baskets';
import { cellPrograms } from './cells';
import { dutyPrograms } from './duties';
import type { Program } from './program';
import { wordPrograms } from './words';

export const programs: readonly Program[] = [
  ...cellPrograms,
  ...dutyPrograms,
  ...wordPrograms,
  ...basketPrograms,
];
