import { nextSavepoint } from '../adapter/savepoint-name';
import type { UnitConnection } from '../adapter/unit-connection';
import { ConcurrencyError } from '../errors/concurrency-error';
import { TransientError } from '../errors/transient-error';
import { UnitAbortedError } from '../errors/unit-aborted-error';
import type { FlushContext } from '../flush/flush-context';
import { returnTo, takeCheckpoint } from '../tracking/checkpoint';
import { takeBack } from './take-back';
import type { Writing } from './writing';

export interface SavepointContext {
  readonly connection: UnitConnection;
  readonly flushContext: FlushContext;
  readonly writing: Writing;
  readonly callbacks: unknown[];
  readonly locked: unknown[];
}

const reason =
  'it was loaded or changed in a savepoint that was rolled back: load it again and change that instance';

/**
 * Runs a part of a unit that may fail by itself: then nothing of it is left, in the database and in what
 * the unit is going to write.
 *
 * @throws What the part throws; the unit goes on, unless the error has ended its transaction or a rival
 *   was first.
 */
export function runSavepoint<T>(context: SavepointContext, part: () => Promise<T>): Promise<T> {
  const { connection, flushContext, writing, callbacks, locked } = context;
  return writing.inSavepoint(async () => {
    await writing.flush();
    const name = nextSavepoint();
    await connection.send({ sql: `SAVEPOINT ${name}`, parameters: [] });
    const checkpoint = takeCheckpoint(flushContext.map);
    const { undo, asked } = flushContext;
    const mark = undo.length;
    const shorten = [asked, callbacks, locked].map(toLengthOf);
    let result: T;
    try {
      result = await part();
      await writing.flush();
    } catch (error) {
      // After what the part has begun and not awaited.
      await writing.write(async () => {
        recover(connection, error);
        await connection.send({ sql: `ROLLBACK TO SAVEPOINT ${name}`, parameters: [] });
      });
      takeBack({ undo: undo.splice(mark) });
      returnTo(checkpoint, flushContext.map, reason);
      for (const one of shorten) one();
      throw error;
    }
    // If that fails it may have been done all the same: there is nothing to return to, and the unit ends.
    await connection.send({ sql: `RELEASE SAVEPOINT ${name}`, parameters: [] });
    return result;
  });
}

/** What makes a list as long again as it is now. */
function toLengthOf(list: unknown[]): () => void {
  const { length } = list;
  return () => void (list.length = length);
}

/** @throws `error`, if the transaction has ended with it, or the unit has to run again. */
function recover(connection: UnitConnection, error: unknown): void {
  const first = connection.failure?.error;
  const endsUnit = [ConcurrencyError, TransientError, UnitAbortedError].some(
    (Class) => first instanceof Class,
  );
  if (endsUnit || !connection.canRecover) throw error;
  connection.forgive();
}
