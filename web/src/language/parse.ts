/**
 * Text -> expression graph, the twin of steepest/expression/parse.py.
 *
 * Operators wait on a stack until a weaker one follows, and brackets are frames on a stack of
 * their own, so a text of four thousand opening brackets cannot exhaust the call stack. What
 * a closing bracket builds is built when the next token is known: so a text with two mistakes
 * is refused at the same one here and in Python.
 */

import { constant, forgetOldNodes, variable } from "../graph/graph";
import type { Node } from "../graph/graph";
import { parseRational } from "../graph/rational";
import { FormulaError } from "./errors";
import { explain } from "./explain";
import type { Place } from "./explain";
import { bracket, frame } from "./frames";
import type { Frame } from "./frames";
import * as names from "./names";
import { checkDepth, operation, power, superscript } from "./pieces";
import type { Piece } from "./pieces";
import { tokens } from "./tokens";
import type { Token } from "./tokens";

export const MAX_CHARACTERS = 4096;

const [SUM, PRODUCT, SIGN, POWER, ROOT] = [1, 2, 3, 4, 5];

/** The graph of `text`. Without `variables` any letter is one. Throws FormulaError. */
export function parse(text: string, variables: readonly string[] | null = null): Node {
  const length = Array.from(text).length;
  if (length > MAX_CHARACTERS) {
    const [has, limit] = [length, MAX_CHARACTERS].map((n) => n.toLocaleString("en-US"));
    throw new FormulaError(
      text, MAX_CHARACTERS, `the formula has ${has} characters, the limit is ${limit}`,
      "write long functions as a Python callable",
    );
  }
  if (!text.trim()) throw new FormulaError(text, 0, "the formula is empty", "type one, such as x^2 + 3y^2");
  forgetOldNodes();
  return new Parser(text).run(variables);
}

class Parser {
  private readonly frames: Frame[] = [frame("whole", 0)];
  private state: "operand" | "after" | "atom" | "call" = "operand";
  private pending: (() => void)[] = [];

  constructor(private readonly text: string) {}

  run(variables: readonly string[] | null): Node {
    for (const token of tokens(this.text, variables)) this.feed(token);
    this.feed({ kind: "END", value: "", position: this.text.length });
    return this.top.values[0]!.node;
  }

  private get top(): Frame {
    return this.frames.at(-1)!;
  }

  private feed(token: Token): void {
    for (const build of this.pending.splice(0)) build();
    if (this.state === "call") {
      if (token.kind !== "LEFT") this.refuse(token, "call");
      this.state = "operand";
      return;
    }
    if (this.state === "after") this.afterOperand(token);
    else this.operand(token);
  }

  private operand(token: Token): void {
    const { kind, value, position } = token;
    const prefix = kind === "MINUS" ? "neg" : kind === "PLUS" ? "pos" : "";
    if (prefix && this.state === "operand") {
      this.top.operators.push({ op: prefix, strength: SIGN!, position });
    } else if (kind === "NUMBER") {
      this.have({ node: constant(parseRational(value)), start: position, depth: 0, operations: 0 });
    } else if (kind === "NAME") {
      const node = names.CONSTANTS.get(value) ?? variable(value);
      this.have({ node, start: position, depth: 0, operations: 0 });
    } else if (kind === "LEFT") {
      this.open("group", position);
    } else if (kind === "BAR_OPEN") {
      this.open("bars", position);
    } else if (kind === "ROOT") {
      this.top.operators.push({ op: "sqrt", strength: ROOT!, position });
      this.state = "atom";
    } else if (kind === "FUNCTION" || kind === "WHERE") {
      this.frames.push(frame(kind === "WHERE" ? "where" : "call", position, value));
      this.state = "call";
    } else if (kind === "RIGHT" && this.isEmptyCall()) {
      this.close();
    } else {
      this.refuse(token, "operand");
    }
  }

  private afterOperand(token: Token): void {
    const { kind, position } = token;
    if (kind === "SUPERSCRIPT") {
      this.reduce(ROOT!);
      const exponent = superscript(token.value);
      this.pending.push(() => {
        const base = this.top.values.pop()!;
        const raised = { node: constant(exponent), start: position, depth: 0, operations: 0 };
        this.top.values.push(power(this.text, base, raised));
      });
    } else if (kind === "POWER") {
      this.reduce(ROOT!);
      this.push("pow", POWER!, position);
    } else if (kind === "TIMES" || kind === "DIVIDE") {
      this.reduce(PRODUCT!);
      this.push(kind === "TIMES" ? "mul" : "div", PRODUCT!, position);
    } else if (kind === "PLUS" || kind === "MINUS") {
      this.reduce(SUM!);
      this.push(kind === "PLUS" ? "add" : "sub", SUM!, position);
    } else if (BEGINS.has(kind)) {
      this.reduce(PRODUCT!);
      this.push("mul", PRODUCT!, position);
      this.operand(token);
    } else {
      this.reduce(SUM!);
      this.separator(token);
    }
  }

  /** Commas, comparisons and whatever closes a bracket or the text. */
  private separator(token: Token): void {
    const { kind, done, comparison } = this.top;
    const inWhere = kind === "where";
    if (token.kind === "END" && kind === "whole") return;
    if (token.kind === "RIGHT" && (kind === "group" || kind === "call")) return this.close();
    if (token.kind === "RIGHT" && inWhere && done.length === 3) return this.close();
    if (token.kind === "BAR_CLOSE" && kind === "bars") return this.close();
    const comma = token.kind === "COMMA";
    if (comma && (kind === "call" || (inWhere && comparison && done.length < 3))) return this.next();
    if (token.kind === "COMPARISON" && inWhere && !comparison) {
      this.top.comparison = token.value;
      return this.next();
    }
    this.refuse(token, this.place());
  }

  private next(): void {
    this.top.done.push(this.top.values.pop()!);
    this.state = "operand";
  }

  private close(): void {
    const closed = this.frames.pop()!;
    closed.done.push(...closed.values);
    this.state = "after";
    this.pending.push(() => this.top.values.push(bracket(this.text, closed)));
  }

  private have(piece: Piece): void {
    this.top.values.push(piece);
    this.state = "after";
  }

  private open(kind: Frame["kind"], position: number): void {
    this.frames.push(frame(kind, position));
    this.state = "operand";
  }

  private push(op: string, strength: number, position: number): void {
    this.top.operators.push({ op, strength, position });
    this.state = "operand";
  }

  /** Apply the waiting operators that bind at least as strongly as `strength`. */
  private reduce(strength: number): void {
    const { operators, values } = this.top;
    while (operators.length && operators.at(-1)!.strength >= strength) {
      const { op, position } = operators.pop()!;
      const right = values.pop()!;
      if (op === "neg" || op === "sqrt") {
        values.push(operation(this.text, op, position, [right]));
      } else if (op === "pos") {
        checkDepth(this.text, position, right.depth + 1);
        values.push({ ...right, start: position, depth: right.depth + 1 });
      } else {
        const left = values.pop()!;
        values.push(
          op === "pow"
            ? power(this.text, left, right)
            : operation(this.text, op, left.start, [left, right], false),
        );
      }
    }
  }

  private isEmptyCall(): boolean {
    const { kind, done, values, operators } = this.top;
    return kind === "call" && !done.length && !values.length && !operators.length;
  }

  /** Where in a bracket a complete operand stands. */
  private place(): Place {
    const { kind, done, comparison } = this.top;
    if (kind !== "where") return kind === "call" ? "group" : kind;
    return comparison ? (done.length < 3 ? "value" : "group") : "condition";
  }

  private refuse(token: Token, place: Place): never {
    throw explain(this.text, token, place);
  }
}

const BEGINS = new Set(["NUMBER", "NAME", "LEFT", "BAR_OPEN", "ROOT", "FUNCTION", "WHERE"]);
