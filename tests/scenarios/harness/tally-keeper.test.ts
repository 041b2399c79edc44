import { QueryFailedError } from 'typeorm';

import { ConcurrencyError, TransientError } from '../../../lib/index';
import { TallyKeeper, typedRefusal } from './tally-keeper';

describe('the tally of a process', () => {
  it('counts what was committed by the attempts that it took', async () => {
    const keeper = new TallyKeeper();

    await keeper.run('submit', async () => ({ attempts: 3 }));
    await keeper.run('check', async () => ({ attempts: 1 }));

    expect(keeper.tally()).toMatchObject({
      operations: 2,
      committed: 2,
      attempts: [1, 0, 1],
      attemptsOf: { submit: [0, 0, 1], check: [1] },
    });
  });

  it('tells refusals that callers can expect from errors that nobody can', async () => {
    const keeper = new TallyKeeper();
    const lost = Object.assign(new ConcurrencyError('row-version', []), { attempts: 2 });
    const duplicate = new QueryFailedError('', [], Object.assign(new Error(), { code: '23505' }));
    const errors = [lost, new TransientError('gone'), duplicate, new TypeError('wrong')];

    for (const error of errors) await keeper.run('submit', () => Promise.reject(error));

    const { committed, refused, unexpected, attempts } = keeper.tally();
    expect({ committed, refused, attempts }).toEqual({
      committed: 0,
      refused: { 'ConcurrencyError row-version': 1, TransientError: 1, 'database 23505': 1 },
      attempts: [2, 1],
    });
    expect(unexpected).toEqual([expect.stringContaining('submit: TypeError: wrong')]);
    expect(Object.keys(refused).filter((name) => typedRefusal.test(name))).toHaveLength(2);
  });
});
