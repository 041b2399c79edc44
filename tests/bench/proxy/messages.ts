import type { Destination } from '../../support/redirect';

/** What the bench asks of the process of the proxy. */
export type ProxyRequest =
  | { readonly type: 'listen'; readonly to: Destination }
  | { readonly type: 'delay'; readonly delayMs: number }
  | { readonly type: 'count' };

/** Each request has one answer: the port, nothing, or the round trips since the start. */
export type ProxyAnswer = number;
