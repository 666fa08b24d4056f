/** What every contender in this process answers: its results are used, and can be held against the others'. */
export interface Fit {
  readonly alpha: number;
  /** The best score: the negative mean squared leave-one-out error, or with folds the mean r2. */
  readonly score: number;
  readonly preds: ArrayLike<number>;
}

/** The same in three numbers, as the Python process answers it. */
export interface FitSummary {
  readonly alpha: number;
  readonly score: number;
  /** Sum of the absolute predictions. */
  readonly checksum: number;
}

/** @throws when two contenders did not do the same work: a speed is worth nothing then. */
export function expectSameFit(name: string, got: Fit | FitSummary, expected: Fit): void {
  const [a, b] = [toSummary(got), toSummary(expected)];
  for (const field of ['alpha', 'score', 'checksum'] as const) {
    if (Math.abs(a[field] - b[field]) > 1e-8 * Math.abs(b[field])) {
      throw new Error(`${name}: ${field} is ${a[field]}, ours is ${b[field]}`);
    }
  }
}

function toSummary(fit: Fit | FitSummary): FitSummary {
  if ('checksum' in fit) return fit;
  let checksum = 0;
  for (let i = 0; i < fit.preds.length; i++) checksum += Math.abs(fit.preds[i]!);
  return { alpha: fit.alpha, score: fit.score, checksum };
}
