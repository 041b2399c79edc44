// Compiles lib/ to dist/ as CommonJS and puts a thin door for `import` beside it, as TypeORM does.
// There is one build, not two: a second copy of the classes would have its own ambient unit and its
// own decorator marks, and a program that mixes `import` and `require` would see half of each.
'use strict';

const { execFileSync } = require('node:child_process');
const { rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const dist = path.join(root, 'dist');

rmSync(dist, { recursive: true, force: true }); // a file that lib/ no longer has must not be packed
execFileSync(path.join(root, 'node_modules', '.bin', 'tsc'), ['-p', path.join(root, 'lib')], {
  stdio: 'inherit',
});

// Written out one by one, so that import {…} works whatever a bundler can tell about CommonJS.
const names = Object.keys(require(path.join(dist, 'index.js')));
const lines = names.map((name) => `export const ${name} = library.${name};\n`);
writeFileSync(
  path.join(dist, 'index.mjs'),
  `import library from './index.js';\n\n${lines.join('')}`,
);
writeFileSync(path.join(dist, 'index.d.mts'), `export * from './index.js';\n`);
