/** Step rules: how a gradient becomes a step, the twin of steepest/rules. */

import { dot } from "./linear";
import { sharp } from "./norms";
import type { Norm } from "./norms";

export interface Here {
  readonly value: number;
  readonly gradient: number[];
}

/** A descent under way: it proposes steps and, if it is a search, takes or refuses them. */
export interface Walker {
  propose(here: Here): number[];
  accept?(here: Here, step: number[], there: Here): boolean;
}

export interface Rule {
  readonly name: string;
  readonly title: string;
  /** One sentence for the page. */
  readonly sentence: string;
  /** How the largest stable step is written in LaTeX; "" if a step size cannot make it diverge. */
  readonly limit: string;
  readonly limitText: string;
  /** The limit for a largest curvature λ. */
  stable(curvature: number): number;
  /** Whether it has a step size to choose, and which one it starts with. */
  readonly stepSize: number | null;
  start(stepSize: number, norm: Norm, dim: number): Walker;
}

const BETA = 0.9;
const plain = { limit: "", limitText: "", stable: (curvature: number) => 2 / curvature };
const scaled = (factor: number, v: number[]) => v.map((x) => factor * x);

const fixed: Rule = {
  ...plain, name: "fixed", title: "Fixed step", stepSize: 0.1,
  sentence: "x ← x − η∇f: the same multiple of the gradient every time.",
  limit: "2/\\lambda_{\\max}", limitText: "2/λmax",
  start: (eta, norm) => ({ propose: (here) => scaled(-eta, sharp(norm, here.gradient)) }),
};

const normalized: Rule = {
  ...plain, name: "normalized", title: "Normalized step", stepSize: 0.1,
  sentence: "Every step has the length η, however steep it is; near a minimum it overshoots.",
  start: (eta, norm) => ({ propose: (here) => scaled(-eta, norm.steepest(here.gradient)) }),
};

const clipped: Rule = {
  ...plain, name: "clipped", title: "Clipped step", stepSize: 0.1,
  sentence: "Gradients longer than 1 are shortened to 1; their direction stays.",
  limit: "2/\\lambda_{\\max}", limitText: "2/λmax",
  start: (eta, norm) => ({
    propose: (here) =>
      scaled(-eta * Math.min(1, 1 / norm.dual(here.gradient)), sharp(norm, here.gradient)),
  }),
};

const momentum: Rule = {
  ...plain, name: "momentum", title: "Momentum", stepSize: 0.03,
  sentence: "A heavy ball: nine tenths of the last step's push stay (β = 0.9).",
  limit: "(2+2\\beta)/\\lambda_{\\max}", limitText: "(2 + 2β)/λmax",
  stable: (curvature) => (2 + 2 * BETA) / curvature,
  start(eta, norm, dim) {
    let velocity = new Array<number>(dim).fill(0);
    return {
      propose(here) {
        velocity = velocity.map((v, i) => BETA * v + here.gradient[i]!);
        return scaled(-eta, sharp(norm, velocity));
      },
    };
  },
};

const nesterov: Rule = {
  ...plain, name: "nesterov", title: "Nesterov", stepSize: 0.03,
  sentence: "Momentum that takes the gradient where the ball is about to be (β = 0.9).",
  limit: "(2+2\\beta)/((1+2\\beta)\\lambda_{\\max})", limitText: "(2 + 2β)/((1 + 2β)·λmax)",
  stable: (curvature) => (2 + 2 * BETA) / ((1 + 2 * BETA) * curvature),
  start(eta, norm, dim) {
    let velocity = new Array<number>(dim).fill(0);
    return {
      propose(here) {
        velocity = velocity.map((v, i) => BETA * v + here.gradient[i]!);
        return scaled(-eta, sharp(norm, velocity.map((v, i) => here.gradient[i]! + BETA * v)));
      },
    };
  },
};

// Near a minimum the decrease that is asked for drowns in the rounding of f itself.
const ROUNDING = 4 * Number.EPSILON;

const backtracking: Rule = {
  ...plain, name: "backtracking", title: "Backtracking", stepSize: 1,
  sentence: "Starts with η and shortens it by a fifth until f falls enough (Armijo's rule).",
  start(eta, norm) {
    let t = eta;
    return {
      propose: (here) => scaled(-t, sharp(norm, here.gradient)),
      accept(here, step, there) {
        const allowed = here.value + 0.3 * dot(here.gradient, step);
        const taken = there.value <= allowed + ROUNDING * Math.abs(here.value);
        t = taken ? eta : 0.8 * t;
        return taken;
      },
    };
  },
};

const exact: Rule = {
  ...plain, name: "exact", title: "Exact line search", stepSize: null,
  sentence: "Walks along −∇f to the first minimum on that line, then turns.",
  start: (_, norm) => exactSearch(norm),
};

/**
 * Follows the slope along the ray outward until it is no longer negative, then encloses its
 * zero by the secant method with Illinois' safeguard.
 */
function exactSearch(norm: Norm): Walker {
  let t = 1;
  let fresh = true;
  let [low, lowSlope, high, highSlope, moved] = [0, 0, Infinity, NaN, 0];
  return {
    propose: (here) => scaled(-t, sharp(norm, here.gradient)),
    accept(here, _, there) {
      const down = scaled(-1, sharp(norm, here.gradient));
      const first = dot(here.gradient, down);
      if (fresh) [low, lowSlope, high, highSlope, moved, fresh] = [0, first, Infinity, NaN, 0, false];
      const slope = dot(there.gradient, down);
      // A trial beyond the domain is beyond the minimum; its slope is unknown.
      const usable = Number.isFinite(slope) && Number.isFinite(there.value);
      const settled = usable && Math.abs(slope) <= 1e-12 * Math.abs(first);
      const before: [number, number] = [low, lowSlope];
      if (!usable || slope >= 0) {
        [high, highSlope] = [t, usable ? slope : NaN];
        if (moved === 1) lowSlope *= 0.5;
        moved = 1;
      } else {
        [low, lowSlope] = [t, slope];
        if (moved === -1) highSlope *= 0.5;
        moved = -1;
      }
      const bracketed = high !== Infinity;
      const width = high - low;
      if (usable && (settled || (bracketed && width <= 1e-14 * high) || t >= 2 ** 60)) {
        fresh = true;
        return true;
      }
      if (bracketed) {
        const secant = low - (lowSlope * width) / (highSlope - lowSlope);
        t = Number.isNaN(highSlope) ? 0.5 * (low + high) : secant;
      } else {
        const change = slope - before[1];
        const zero = t - (slope * (t - before[0])) / change;
        t = change > 0 ? Math.min(Math.max(zero, 1.1 * t), 10 * t) : 10 * t;
      }
      return false;
    },
  };
}

const rmsprop: Rule = {
  ...plain, name: "rmsprop", title: "RMSProp", stepSize: 0.03,
  sentence: "Each coordinate is divided by the recent size of its own gradient.",
  start(eta, _, dim) {
    let squares = new Array<number>(dim).fill(0);
    return {
      propose({ gradient }) {
        squares = squares.map((v, i) => 0.99 * v + 0.01 * gradient[i]! ** 2);
        return gradient.map((g, i) => (-eta * g) / (Math.sqrt(squares[i]!) + 1e-8));
      },
    };
  },
};

const adam: Rule = {
  ...plain, name: "adam", title: "Adam", stepSize: 0.1,
  sentence: "Momentum divided by the recent size of each coordinate's gradient.",
  start(eta, _, dim) {
    let [power1, power2] = [1, 1];
    let means = new Array<number>(dim).fill(0);
    let squares = new Array<number>(dim).fill(0);
    return {
      propose({ gradient }) {
        [power1, power2] = [power1 * 0.9, power2 * 0.999];
        means = means.map((m, i) => 0.9 * m + 0.1 * gradient[i]!);
        squares = squares.map((v, i) => 0.999 * v + 0.001 * gradient[i]! ** 2);
        return means.map(
          (m, i) => (-eta / (1 - power1)) * m / (Math.sqrt(squares[i]! / (1 - power2)) + 1e-8),
        );
      },
    };
  },
};

export const RULES: readonly Rule[] = [
  fixed, normalized, clipped, momentum, nesterov, backtracking, exact, rmsprop, adam,
];

export const ruleByName = (name: string): Rule => RULES.find((rule) => rule.name === name) ?? fixed;

/** Rules that measure in a norm; the others work coordinate by coordinate. */
export const usesNorm = (rule: Rule): boolean => rule.name !== "rmsprop" && rule.name !== "adam";
