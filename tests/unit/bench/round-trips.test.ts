import { RoundTrips } from '../../bench/proxy/round-trips';

function countOf(...speakers: readonly ('client' | 'server')[]): number {
  const trips = new RoundTrips();
  for (const speaker of speakers) {
    if (speaker === 'client') trips.clientSpoke();
    else trips.serverSpoke();
  }
  return trips.count;
}

describe('round trips at the wire', () => {
  it('are bursts of the client that follow words of the server', () => {
    expect(countOf('client', 'server', 'client', 'server')).toBe(2);
  });

  it('do not count the pieces of a burst, nor those of an answer', () => {
    expect(countOf('client', 'client', 'server', 'server')).toBe(1);
  });

  it('do not count the greeting of a server', () => {
    expect(countOf('server', 'client', 'server')).toBe(1);
  });
});
