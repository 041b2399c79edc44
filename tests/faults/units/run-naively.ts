import type { EntityManager } from 'typeorm';

import { Account, Entry } from '../ledger/entities';
import { effects } from '../ledger/kinds';
import type { Plan, Runner } from './unit';

const mostAttempts = 5;

/** Runs the transaction again after any error, whatever that error means. */
export const replayOnAnyError: Runner = async (source, plan, { onRun, onCommitted }) => {
  for (let attempt = 1; ; attempt++) {
    try {
      const isolation = plan.isolation ?? 'READ COMMITTED';
      await source.transaction(isolation, (manager) => change(manager, plan, onRun));
      onCommitted();
      return { answer: 'committed' };
    } catch (error) {
      if (attempt >= mostAttempts) return { answer: 'rolled back', error };
    }
  }
};

/** Takes every error for a rollback. */
export const trustErrors: Runner = async (source, plan, { onRun, onCommitted }) => {
  try {
    const isolation = plan.isolation ?? 'READ COMMITTED';
    await source.transaction(isolation, (manager) => change(manager, plan, onRun));
    onCommitted();
    return { answer: 'committed' };
  } catch (error) {
    return { answer: 'rolled back', error };
  }
};

async function change(manager: EntityManager, plan: Plan, onRun: () => Promise<void>) {
  const { id, kind, pair, amount } = plan;
  const accounts = [];
  for (const [index, sign] of effects[kind].signs.entries()) {
    if (sign === 0) continue;
    const account = await manager.findOneByOrFail(Account, { id: pair[index]! });
    account.balance += sign * amount;
    account.history += `${id},`;
    accounts.push(account);
  }
  await onRun();
  await manager.save(accounts);
  await manager.insert(Entry, { unit: id });
}
