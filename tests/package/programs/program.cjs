'use strict';

require('reflect-metadata');
const typeorm = require('typeorm');
const library = require('typeorm-unit-of-work');
const runUnit = require('./run-unit.cjs');

async function main() {
  const imported = await import('typeorm-unit-of-work');
  const same = imported.unitOfWork === library.unitOfWork;
  console.log(
    JSON.stringify({ same, names: Object.keys(library), row: await runUnit(typeorm, library) }),
  );
}

void main();
