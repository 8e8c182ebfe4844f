/** What a person should know about a token that cannot stand where it does. */

import { FormulaError } from "./errors";
import type { Token } from "./tokens";

/**
 * Where the token stands: where an operand is expected, after the name of a function, or
 * after a complete operand in the whole text, a group (also where's last value), bars, a call,
 * where's condition or one of its first values.
 */
export type Place =
  | "operand" | "call" | "whole" | "group" | "bars" | "condition" | "value";

export function explain(text: string, token: Token, place: Place): FormulaError {
  const atEnd = token.kind === "END";
  const position = atEnd ? text.trimEnd().length : token.position;
  const needsOperand = place === "operand";
  const refuse = (reason: string, hint: string) => new FormulaError(text, position, reason, hint);

  if (place === "call") {
    const name = /[\p{L}\p{N}]+$/u.exec(text.slice(0, position).trimEnd())?.[0] ?? "a function";
    return refuse(`${name} needs its argument in parentheses`, `write ${name}(x)`);
  }
  if (token.kind === "COMPARISON") {
    return refuse(
      "a comparison stands only inside where(…), and only one", "write where(x < y, a, b)",
    );
  }
  if (token.kind === "COMMA") {
    return place === "condition"
      ? refuse("the first argument of where is a comparison", "write where(x < y, a, b)")
      : refuse(
          "a comma only separates the arguments of a function", "write decimal numbers with a point",
        );
  }
  if (text.split("|").length > 3 && (atEnd || token.kind.startsWith("BAR"))) {
    return refuse("these bars can be paired in more than one way", "write abs(…) inside |…|");
  }
  if (atEnd && needsOperand) {
    return refuse("the formula ends too early", "a number, a variable or ( should follow");
  }
  if (atEnd) {
    if (place === "condition" || place === "value") {
      return refuse("where(…) is not complete", "write where(x < y, a, b)");
    }
    const closing = place === "bars" ? "|" : ")";
    return refuse(`a closing ${closing} is missing`, `add ${closing}`);
  }
  if (token.kind === "RIGHT") {
    if (needsOperand) {
      return refuse("something is missing before )", "a number or a variable should stand there");
    }
    if (place === "condition" || place === "value") {
      return refuse("where(…) takes a comparison and two values", "write where(x < y, a, b)");
    }
    if (place === "bars") return refuse("a closing | is missing", "add |");
    return refuse("this ) closes nothing", "remove it or add (");
  }
  return refuse(
    `'${token.value}' cannot stand here`,
    needsOperand
      ? "a number, a variable or ( should come first"
      : "an operator such as + or * should come first",
  );
}
