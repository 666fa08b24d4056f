import { RidgelineError } from '../contracts/errors.ts';
import type { RidgeModelArtifact } from '../contracts/model.ts';

/**
 * Recognises columns that already are what the model's scaler makes of raw ones, in a table that cannot say so itself
 * (a CSV carries no transformers), so that nothing is standardised twice (R19). It looks at one batch of rows and knows,
 * for every feature j, the range of the training rows standardised, `[min, max]`, and raw, `[min, max] * scale + mean`.
 *
 * The columns are taken for standardised in two cases only.
 *
 * 1. *Ranges.* Every value of every scaled feature lies in the standardised range widened by half its width on either
 *    side, and some features are *telling*: that interval does not meet the raw range widened by its whole width on
 *    either side (a longitude is near -119.6, standardised near 0). At least two different values other than zero must
 *    stand in telling columns: a code for "unknown", 0 or -1, is no evidence.
 * 2. *The training rows themselves.* As many rows as the model was fitted on, and in every scaled feature the standardised
 *    training minimum and maximum to 9 digits, while the scaler changes some feature by more than a thousandth.
 *
 * Raw rows like the training rows, however few, lie within the raw range of a telling column, so 1 cannot hold; 2 cannot
 * hold for raw rows unless scaling changes nothing. What is neither (one telling value in one row) passes as raw.
 *
 * @param columns the model's features in order, raw or standardised: f64[n] each
 * @param n rows
 * @returns a sentence about the evidence, or undefined when the columns pass as raw
 */
export function findAlreadyScaled(
  artifact: RidgeModelArtifact,
  columns: readonly Float64Array[],
  n: number,
): string | undefined {
  const scaled = artifact.features.flatMap((feature, index) => {
    const parameters = scalingOf(artifact, feature);
    return parameters === undefined ? [] : [{ feature, index, ...parameters }];
  });
  if (scaled.length === 0 || n === 0) return undefined;

  const telling = new Set<number>();
  let example = '';
  let trainingRows = n === artifact.n;
  let changes = false;
  for (const { feature, index, mean, scale } of scaled) {
    const [low, high] = [artifact.min[index]!, artifact.max[index]!];
    const values = columns[index]!;
    const seen = range(values, n);
    const width = high - low;
    const raw = (z: number): number => z * scale + mean;
    if (!(seen[0] >= low - width / 2 && seen[1] <= high + width / 2)) return undefined;
    trainingRows &&= isClose(seen[0], low) && isClose(seen[1], high);
    changes ||= Math.abs(mean) > 1e-3 * scale || Math.abs(scale - 1) > 1e-3;
    if (high + width / 2 >= raw(low - width) && low - width / 2 <= raw(high + width)) continue;
    for (let i = 0; i < n && telling.size < 2; i += 1) if (values[i] !== 0) telling.add(values[i]!);
    example = `"${feature}" runs from ${short(seen[0])} to ${short(seen[1])}, in training from ${short(raw(low))} to ${short(raw(high))}`;
  }
  if (telling.size >= 2) return example;
  if (trainingRows && changes) return 'every feature has exactly the range of the standardised training rows';
  return undefined;
}

export function alreadyScaledError(name: string, evidence: string): RidgelineError {
  return new RidgelineError(
    'ALREADY_SCALED',
    'content',
    `${name}: its columns look standardised already, and the model expects raw ones: ${evidence}`,
    { remedy: 'say --scaled if they are standardised, --raw if they are not', position: { file: name } },
  );
}

/** Mean and scale of a feature whose last transformer is a scaler; else undefined. */
function scalingOf(artifact: RidgeModelArtifact, feature: string): { mean: number; scale: number } | undefined {
  const state = artifact.chain.findLast((step) => step.columns.includes(feature));
  if (state?.type !== 'StandardScaler') return undefined;
  const column = state.columns.indexOf(feature);
  return { mean: state.mean?.[column] ?? 0, scale: state.scale?.[column] ?? 1 };
}

/** Smallest and largest value; NaN (missing) is passed over. */
function range(values: Float64Array, n: number): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < n; i += 1) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
