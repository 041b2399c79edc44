/**
 * Ends a wait at once when the signal is aborted, with the signal's reason.
 *
 * The promise itself goes on; what it answers later is dropped, and it never counts as unhandled.
 *
 * @param mayEnd Asked when the signal is aborted: false waits on.
 */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  mayEnd = () => true,
): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      if (mayEnd()) reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
