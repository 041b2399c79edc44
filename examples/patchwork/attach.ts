import type { Patch, Series } from './entities';
import type { Mail } from './mail';

/**
 * What a stored mail changes in its series, in memory: naively and in units alike. A cover letter names
 * its series, whoever was first; without one the first patch does.
 *
 * @returns Whether anything has changed.
 */
export function attach(series: Series, { id }: Pick<Patch, 'id'>, mail: Mail): boolean {
  if (mail.number === 0) {
    series.coverId = id;
    series.name = mail.subject;
    return true;
  }
  if (mail.number !== 1 || series.name !== null) return false;
  series.name = mail.subject;
  return true;
}

/** A series to which no mail is attached yet. */
export const newSeries = ({ projectId, total }: Mail) => ({
  projectId,
  total,
  name: null,
  coverId: null,
});
