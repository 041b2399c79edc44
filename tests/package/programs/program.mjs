import 'reflect-metadata';

import { createRequire } from 'node:module';

import * as typeorm from 'typeorm';
import * as library from 'typeorm-unit-of-work';

import runUnit from './run-unit.cjs';

const required = createRequire(import.meta.url)('typeorm-unit-of-work');
const same = required.unitOfWork === library.unitOfWork;
console.log(
  JSON.stringify({ same, names: Object.keys(library), row: await runUnit(typeorm, library) }),
);
