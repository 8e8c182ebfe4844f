/**
 * What the page has done so far, counted. Two readings tell what a gesture cost on any machine,
 * however busy it is: window.steepest.work().
 */

export const work = {
  /** Points at which an expression was evaluated. */
  points: 0,
  /** Times the marks on the map were drawn, the landscape painted, the surface drawn. */
  redraws: 0,
  paintings: 0,
  surfaces: 0,
  /** Formulas typeset. */
  typeset: 0,
  /** Grids of samples, level curves traced, descents walked, searches for critical points. */
  samplings: 0,
  traces: 0,
  descents: 0,
  searches: 0,
};

export type Work = typeof work;
