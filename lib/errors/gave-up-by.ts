/**
 * Who allowed no further attempt: the retry policy; the ceiling that no policy can lift; the retry
 * budget of the data source, which was spent; or the line of replays for a row, which was full.
 */
export type GaveUpBy = 'policy' | 'ceiling' | 'budget' | 'queue';
