import { pushed, relisted, unlisted } from '../../../../examples/nuget/edits';
import type { Interleaving } from './interleaving';

export const pushAndPush: Interleaving = {
  title: 'two pushes',
  before: ['1'],
  first: pushed(2),
  second: pushed(3),
  overlap: false,
  corrupted: ['1', '2 listed latest', '3 listed latest'],
  correct: ['1', '2 listed', '3 listed latest'],
};

/** The second has not seen the newer version, and takes the flag from it. */
export const pushOfOlder: Interleaving = {
  title: 'a push of an older version',
  before: ['1 listed latest'],
  first: pushed(3),
  second: pushed(2),
  overlap: true,
  corrupted: ['1 listed', '2 listed latest', '3 listed'],
  correct: ['1 listed', '2 listed', '3 listed latest'],
};

/** To the second the flag is elsewhere, so there is nothing to change about it. */
export const unlistAndUnlist: Interleaving = {
  title: 'an unlist of the latest version and one of the next',
  before: ['1 listed', '2 listed latest'],
  first: unlisted(2),
  second: unlisted(1),
  overlap: true,
  corrupted: ['1 latest', '2'],
  correct: ['1', '2'],
};

/** The same where they write no common row. */
export const unlistAndRelist: Interleaving = {
  title: 'an unlist of the latest version and a relist of an older one',
  before: ['1 listed', '2', '3 listed latest'],
  first: unlisted(3),
  second: relisted(2),
  overlap: false,
  corrupted: ['1 listed latest', '2 listed', '3'],
  correct: ['1 listed', '2 listed latest', '3'],
};

export const relistAndRelist: Interleaving = {
  title: 'two relists',
  before: ['1', '2'],
  first: relisted(2),
  second: relisted(1),
  overlap: false,
  corrupted: ['1 listed latest', '2 listed latest'],
  correct: ['1 listed', '2 listed latest'],
};
