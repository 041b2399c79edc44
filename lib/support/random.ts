/** A uniform draw from [0, 1), as `Math.random`. */
export type Random = () => number;
