import { getEventListeners } from 'node:events';

import { listen, stopListening } from '../../../lib/support/share-signal';

const countOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

describe('a signal that many listen to', () => {
  it('has one listener, and none when nobody listens any more', () => {
    const { signal } = new AbortController();
    const listeners = Array.from({ length: 20 }, () => jest.fn());

    for (const one of listeners) listen(signal, one);
    expect(countOf(signal)).toBe(1);
    for (const one of listeners) stopListening(signal, one);

    expect(countOf(signal)).toBe(0);
  });

  it('tells everybody who listens when it is aborted, once', () => {
    const abort = new AbortController();
    const [told, gone, late] = [jest.fn(), jest.fn(), jest.fn()];

    listen(abort.signal, gone);
    stopListening(abort.signal, gone);
    listen(abort.signal, told);
    listen(abort.signal, late);
    abort.abort();
    stopListening(abort.signal, told);

    expect([told, gone, late].map(({ mock }) => mock.calls.length)).toEqual([1, 0, 1]);
  });

  it('minds nobody who stops listening and never has listened', () => {
    const { signal } = new AbortController();
    const listener = jest.fn();

    listen(signal, listener);
    stopListening(signal, jest.fn());

    expect(countOf(signal)).toBe(1);
  });
});
