import type { Cell } from '../cells';
import { formsFor } from '../hand-written/choices';
import type { Form } from '../hand-written/driver';
import type { Load } from '../peers/peer';
import type { Arena } from './arena';
import { takeSample } from './sample';
import { spreadOf } from './statistics';

/** Enough to tell forms apart that differ by a tenth. */
const samples = 9;
/** A form that is this slow has lost already. */
const limitMs = 1_500;

export interface Candidate {
  readonly form: Form;
  readonly ms: number;
}

/** Measures all statements that would do, each in turn, the fastest first. */
export async function rankForms(
  arena: Arena,
  cell: Cell,
  load: Load = 'keys',
): Promise<Candidate[]> {
  const forms = formsFor(arena.engine, cell.operation, cell.rows);
  const peer = arena.direct.get('hand-written');
  if (!peer) throw new Error('nobody writes by hand here');
  const times = new Map(forms.map((form) => [form, [] as number[]]));
  const spent = (form: Form) => times.get(form)?.reduce((a, b) => a + b, 0) ?? 0;
  const turns = forms.length > 1 ? samples : 1;
  for (let turn = 0; turn <= turns; turn++) {
    for (const form of forms) {
      if (turn > 1 && spent(form) > limitMs) continue;
      const { ms } = await takeSample(arena, peer, cell, { form: form.name, load });
      // The first of each warms up.
      if (turn > 0) times.get(form)?.push(ms);
    }
  }
  return [...times]
    .map(([form, all]) => ({ form, ms: spreadOf(all).median }))
    .toSorted((one, other) => one.ms - other.ms);
}
