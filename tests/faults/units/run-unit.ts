import {
  AfterCommitError,
  AlreadyAppliedError,
  CommitOutcomeUnknownError,
  ConcurrencyError,
  TransientError,
  UnitAbortedError,
  unitOfWork,
  type UnitOfWork,
} from '../../../lib/index';
import { Account, Entry, Transfer } from '../ledger/entities';
import type { Answer } from '../ledger/judge';
import { effects } from '../ledger/kinds';
import type { Plan, Runner } from './unit';

/** A unit as a user of the library writes it. */
export const runUnit: Runner = async (source, plan, { onRun, onCommitted }) => {
  const { isolation, exactlyOnce, retry, signal } = plan;
  const begins = plan.kind === 'transfer that begins at once';
  const onBegin = begins ? async () => undefined : undefined;
  const work = async (uow: UnitOfWork) => {
    uow.afterCommit(onCommitted);
    await change(uow, plan, onRun);
  };
  try {
    await unitOfWork(source, work, { isolation, exactlyOnce, retry, signal, onBegin });
    return { answer: 'committed' };
  } catch (error) {
    return { answer: answerOf(error), error };
  }
};

async function change(uow: UnitOfWork, plan: Plan, onRun: () => Promise<void>): Promise<void> {
  const { id, kind, pair, amount } = plan;
  const { signs, transfers, entries } = effects[kind];
  const accounts = [];
  for (const [index, sign] of signs.entries()) {
    if (sign === 0) continue;
    accounts.push({ sign, account: await uow.findOneByOrFail(Account, { id: pair[index]! }) });
  }
  await onRun();
  for (const { account, sign } of accounts) {
    account.balance += sign * amount;
    account.history += `${id},`;
  }
  const [payer, payee] = pair;
  if (transfers > 0) uow.add(Object.assign(new Transfer(), { id, payer, payee, amount }));
  if (entries > 0) uow.add(Object.assign(new Entry(), { unit: id }));
}

/** What the class of an error says about the outcome. */
function answerOf(error: unknown): Answer {
  if (error instanceof CommitOutcomeUnknownError) return 'unknown';
  if (error instanceof AfterCommitError || error instanceof AlreadyAppliedError) return 'committed';
  const isRolledBack =
    ConcurrencyError.is(error) ||
    error instanceof TransientError ||
    error instanceof UnitAbortedError;
  return isRolledBack ? 'rolled back' : undefined;
}
