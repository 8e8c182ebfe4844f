/** A formula that cannot be read: where, why, and what to write instead. */
export class FormulaError extends Error {
  /** `position` counts characters (code points) from 0. */
  constructor(
    readonly text: string,
    readonly position: number,
    readonly reason: string,
    readonly hint: string = "",
  ) {
    super(hint ? `${reason}; ${hint}` : reason);
    this.name = "FormulaError";
  }
}
