import type { Answer } from './meet';

type Facts = Omit<Answer, 'code'>;

/** Lost against somebody: the second attempt, after milliseconds, on the same connection. */
export const contention = (kind: string, transaction: Facts['transaction']): Facts => ({
  error: kind,
  transaction,
  connection: 'keep',
  attempts: 2,
  applied: 1,
});

/** A fault of the infrastructure: the second attempt on another connection. */
export const infrastructure: Facts = {
  error: 'TransientError',
  transaction: 'gone',
  connection: 'destroy',
  attempts: 2,
  applied: 1,
};

/** The same before there was a connection. */
export const noRoom: Facts = { ...infrastructure, transaction: 'none', connection: 'none' };

/** Passes through; nothing is replayed, and nothing is stored. */
export const mistake = (transaction: Facts['transaction']): Facts => ({
  error: 'the driver’s',
  transaction,
  connection: 'keep',
  attempts: 1,
  applied: 0,
});

/** Passes through, and nobody uses the connection again. */
export const refused: Facts = { ...mistake('gone'), connection: 'destroy' };

/** The unit hears nothing of it. */
export const unheard: Facts = {
  error: 'none',
  transaction: 'none',
  connection: 'destroy',
  attempts: 1,
  applied: 1,
};
