/**
 * The package that jest resolves `typeorm` to.
 *
 * 1.x is `typeorm`, 0.3 is `typeorm-03`.
 */
export const testedTypeorm = require.resolve('typeorm').includes('typeorm-03')
  ? 'typeorm-03'
  : 'typeorm';
