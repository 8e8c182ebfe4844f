/** Which values the landscape's colours separate: the twin of steepest/view/bands.py. */

const COUNT = 12;
const STEEPEST = 8; // the strongest bend of the scale, for canyons such as Rosenbrock's
const ENOUGH = 4000; // samples that tell the distribution well enough

/** Rising levels, one more than there are bands; [] if f takes one value only. */
export function bands(values: Float64Array, count = COUNT): number[] {
  const stride = Math.max(1, Math.floor(values.length / ENOUGH));
  const known: number[] = [];
  for (let k = 0; k < values.length; k += stride) if (Number.isFinite(values[k])) known.push(values[k]!);
  if (!known.length) return [];
  const sorted = Float64Array.from(known).sort();
  const [low, high] = valueRange(sorted);
  if (!(high > low) || !Number.isFinite(high - low)) return [];
  const middle = (quantile(sorted, 0.5) - low) / (high - low);
  const bend = bendOf(middle <= 0.5 ? middle : 1 - middle);
  const levels = Array.from({ length: count + 1 }, (_, k) => {
    const t = k / count;
    return middle <= 0.5 ? low + (high - low) * t ** bend : high - (high - low) * (1 - t) ** bend;
  });
  const distinct = levels.filter((v, k) => k === 0 || v > levels[k - 1]!);
  return distinct.length > 2 ? distinct : [];
}

/** All of the samples, less spikes at either end. */
function valueRange(sorted: Float64Array): [number, number] {
  let [low, high] = [sorted[0]!, sorted.at(-1)!];
  const [innerLow, innerHigh] = [quantile(sorted, 0.03), quantile(sorted, 0.97)];
  const reach = 3 * (innerHigh - innerLow);
  if (reach > 0) {
    low = Math.max(low, innerLow - reach);
    high = Math.min(high, innerHigh + reach);
  }
  // Nothing but rounding: f is constant here.
  if (!(high - low > 1e-12 * Math.max(Math.abs(low), Math.abs(high)))) return [low, low];
  return [low, high];
}

function quantile(sorted: Float64Array, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/** The power that puts half of the samples in the lower half of the bands. */
function bendOf(middle: number): number {
  const power = Math.log2(1 / Math.max(middle, 2 ** -STEEPEST));
  return power < 1.25 ? 1 : Math.min(STEEPEST, power);
}
