// A process outside jest resolves the TypeORM that jest tests: RACE_TYPEORM names its package.
'use strict';

const { Module } = require('node:module');

const tested = process.env.RACE_TYPEORM;
// Node 20 has no other door: registerHooks() came with 22.
const hook = '_resolveFilename';
const resolve = Module[hook];

Module[hook] = function (request, ...rest) {
  const isTypeorm = request === 'typeorm' || request.startsWith('typeorm/');
  return resolve.call(this, isTypeorm ? request.replace('typeorm', tested) : request, ...rest);
};
