import { newAccount } from '../account';
import type { BenchEngine, Operation } from '../cells';
import type { Form } from './driver';
import { mariaDbForms } from './mariadb-forms';
import { postgresForms } from './postgres-forms';

/** The forms that can write so many rows; for one row what anybody writes, for more what an expert does. */
export function formsFor(engine: BenchEngine, operation: Operation, rows: number): readonly Form[] {
  const all = engine === 'postgres' ? postgresForms : mariaDbForms;
  const own = all.filter((form) => form.operation === operation && (form.maxRows ?? rows) >= rows);
  const single = own.filter(({ onlyRows }) => onlyRows === rows);
  return single.length > 0 ? single : own.filter(({ onlyRows }) => onlyRows === undefined);
}

/** The text of a form, for a reader: of two rows where it is one of many. */
export function sqlOf({ onlyRows = 2, write }: Form): string {
  const rows = Array.from({ length: onlyRows }, (_, index) => newAccount(index + 1));
  return write(rows).sql;
}
