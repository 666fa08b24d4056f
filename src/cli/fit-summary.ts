import type { RidgeModelArtifact } from '../contracts/model.ts';
import type { Evaluation } from '../core/prediction-errors.ts';
import { formatCount, formatNumber, formatTable, type Paint } from './output.ts';

/** What a warning means and what to do about it. */
const WARNINGS: Readonly<Record<string, string>> = {
  CONSTANT_FEATURE:
    'a feature has one value only, or values too small to be squared: it says nothing, and its coefficient is 0',
  ALPHA_AT_GRID_EDGE: 'the best alpha is at an end of the grid: a better one may lie beyond, see --alphas',
  ILL_CONDITIONED:
    'features nearly determine each other, in all rows or all but a few: digits of coefficients and errors are rounding; drop one, or raise --alphas',
  FEWER_ROWS_THAN_COLUMNS: 'there are no more rows than features: the fit leans on alpha alone',
};

/** What came of a fit. */
export interface FitOutcome {
  readonly artifact: RidgeModelArtifact;
  /** On rows held out, if any were. */
  readonly heldOut: Evaluation | undefined;
  /** As the user named it. */
  readonly data: string;
  /** Where the model was written, if it was. */
  readonly out: string | undefined;
}

/** A fitted model for people: how good, by which alpha, and what each feature does. */
export function formatFit({ artifact, heldOut, data, out }: FitOutcome, paint: Paint): string {
  const { features, target, n, alpha, alphas, mse, r2, coef, coefRaw, chain, warnings, intervals } = artifact;
  const { scoring, bestScore, folds, state, sampleWeight } = artifact;
  const weighted = sampleWeight === undefined ? '' : `, weighted by ${sampleWeight}`;
  const best = mse[alphas.indexOf(alpha)];
  const how = folds
    ? `${folds.count}-fold cross-validation${state ? ' over kept statistics' : ''}`
    : 'exact leave-one-out';
  const grid = `best of ${alphas.length} from ${formatNumber(alphas[0]!)} to ${formatNumber(alphas.at(-1)!)}`;
  const chosen = alphas.length === 1 ? 'as given' : `${grid} by ${how}`;
  const label = folds ? `${folds.count}-fold RMSE` : 'leave-one-out RMSE';
  const lines = [
    `${paint('bold', `${target} from ${features.length} features`)}, ${formatCount(n)} rows of ${data}${weighted}`,
    '',
    `  alpha               ${formatNumber(alpha)}  ${paint('dim', chosen)}`,
    ...(best === undefined
      ? []
      : [
          `  ${label.padEnd(18)}  ${formatNumber(Math.sqrt(best))}  ${paint('dim', scoring ? `${scoring} ${formatNumber(bestScore!)}` : `score ${formatNumber(-best)}`)}`,
        ]),
    ...(r2 === undefined ? [] : [`  R2                  ${formatNumber(r2)}  ${paint('dim', 'on these rows')}`]),
    ...(heldOut === undefined
      ? []
      : [
          `  R2 held out         ${formatNumber(heldOut.r2)}  ${paint('dim', `RMSE ${formatNumber(heldOut.rmse)} on ${formatCount(heldOut.n)} rows the fit did not see`)}`,
        ]),
    ...(intervals === undefined
      ? []
      : [
          `  intervals           kept  ${paint('dim', intervals.jackknifePlus ? 'jackknife+ and jackknife' : 'jackknife: too large for jackknife+')}`,
        ]),
    '',
    ...coefficients().map((line) => `  ${line}`),
    ...warnings.map((code) => `\n  ${paint('yellow', code)}  ${WARNINGS[code] ?? ''}`),
    '',
    out === undefined
      ? `  ${paint('dim', 'keep the model with --out model.json')}`
      : `  ${out === '-' ? 'model written to standard output' : `model written to ${out}; next: ridgeline predict ${out} DATA`}`,
  ];
  return lines.join('\n');

  function coefficients(): string[] {
    const scaled = chain.length > 0;
    const header = ['feature', ...(scaled ? ['standardised'] : []), 'own units'];
    const row = (name: string, standardised: number, own: number): string[] => [
      name,
      ...(scaled ? [formatNumber(standardised)] : []),
      formatNumber(own),
    ];
    const rows = features.map((feature, j) => row(feature, coef[j]!, coefRaw[j]!));
    if (artifact.fitIntercept) rows.push(row('(intercept)', artifact.intercept, artifact.interceptRaw));
    return formatTable(header, rows, paint).split('\n');
  }
}
