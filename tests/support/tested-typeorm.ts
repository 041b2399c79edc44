/**
 * The package that jest resolves `typeorm` to.
 *
 * 1.x is `typeorm`, the newest 0.3 `typeorm-03`, and the oldest one that is supported `typeorm-0320`.
 */
export const testedTypeorm =
  /node_modules[\\/](typeorm[^\\/]*)/.exec(require.resolve('typeorm'))?.[1] ?? 'typeorm';
