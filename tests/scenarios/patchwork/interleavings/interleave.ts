import { QueryFailedError } from 'typeorm';

import type { Mail } from '../../../../examples/patchwork/mail';
import type { Parsed, ParseMail, Step } from '../../../../examples/patchwork/operation';
import { conflictCode } from '../../../../examples/setup/conflict-code';
import type { TestDatabase } from '../../../setup/on-each-database';
import type { TestedIsolation } from '../../../setup/on-each-isolation';
import { Barrier } from '../../../support/barrier';
import { Rival } from '../../porch/interleavings/rival';

/** What a parser was told: what became of the mail, or the code or the name of the error. */
export type Told = Parsed | { readonly error: string };

/** Two mails, and the step of the slower parser before which the faster one parses its own. */
export interface Interleaving {
  readonly slow: Mail;
  readonly fast: Mail;
  readonly before: Step;
}

/**
 * Lets the faster parser end, or wait for a lock, when the slower one has read and not yet written. What
 * is tried again meets nobody.
 */
export async function interleave(
  database: TestDatabase,
  { slow, fast, before }: Interleaving,
  parse: ParseMail,
  isolation: TestedIsolation,
): Promise<{ readonly slow: Told; readonly fast: Told }> {
  const { source } = database;
  const rival = new Rival(database, () => parse(source, fast, { isolation }));
  const think = async (step: Step) => {
    if (step === before) await rival.act();
  };
  const ended = await toldOf(parse(source, slow, { isolation, think }));
  return { slow: ended, fast: await rival.outcome() };
}

/** Lets several parsers come to a step before any of them goes on; what is tried again does not wait. */
export function meetAt(step: Step, count: number): () => (now: Step) => Promise<void> {
  const barrier = new Barrier(count);
  return () => {
    let passed: Promise<void> | undefined;
    return async (now) => {
      if (now === step) await (passed ??= barrier.pass());
    };
  };
}

export async function toldOf(promise: Promise<Parsed>): Promise<Told> {
  try {
    return await promise;
  } catch (error) {
    return { error: conflictCode(error) ?? nameOf(error) };
  }
}

function nameOf(error: unknown): string {
  if (error instanceof QueryFailedError) {
    const { code } = error.driverError as { readonly code?: string };
    return String(code);
  }
  if (error instanceof Error) return error.name;
  throw error;
}

/** What is told of a mail that was stored, by however many attempts. */
export const isStored = expect.objectContaining({ isNew: true });
export const isKnown = expect.objectContaining({ isNew: false });
