import { RidgelineError } from '../../contracts/errors.ts';
import { MODEL_FORMAT } from '../../contracts/model.ts';
import type { TransformerState } from '../../contracts/model.ts';
import type { Table } from '../../contracts/table.ts';
import { restrictChain } from '../chain.ts';
import type { Core } from '../core.ts';
import { defaultCore } from '../default-core.ts';
import { rawCoefficients } from '../raw-coefficients.ts';
import { RidgeModel } from '../ridge-model.ts';
import { chooseColumns, requireColumns, requireNumeric } from './columns.ts';
import { explainNonFinite } from './non-finite.ts';
import { TwoPassRows } from './two-pass-rows.ts';

export interface RidgeCVOptions {
  readonly target: string;
  /** Default every column but the target, each of which must be numeric. */
  readonly features?: readonly string[];
  /** Alphas > 0 to choose from; default 30 of them, evenly on a log scale from 0.001 to 10. */
  readonly alphas?: ArrayLike<number>;
  /** One alpha, in place of `alphas`; 0 is ordinary least squares, without a sweep. */
  readonly alpha?: number;
  /** Default true; the intercept is not penalised. */
  readonly fitIntercept?: boolean;
}

/**
 * Ridge regression that chooses alpha by exact leave-one-out error, as scikit-learn's `RidgeCV(cv=None)`.
 * The leave-one-out error is conditional on transformers fitted on the same rows.
 */
export class RidgeCV {
  readonly options: RidgeCVOptions;

  constructor(options: RidgeCVOptions) {
    this.options = options;
    if (options.alpha !== undefined && options.alphas !== undefined) {
      throw new RidgelineError('BAD_ALPHA', 'usage', 'RidgeCV: expected alpha or alphas, got both', {
        remedy: 'give one alpha, or alphas to choose from',
      });
    }
  }

  /**
   * Fits in two passes over the table; one that is small is read once.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, DUPLICATE_COLUMN, NOT_NUMERIC, TARGET_AMONG_FEATURES, TARGET_TRANSFORMED,
   *   MISSING_VALUE and NON_FINITE with column and row, EMPTY_INPUT, BAD_ALPHA
   */
  async fit(table: Table): Promise<RidgeModel> {
    const { target, alpha, fitIntercept = true } = this.options;
    const features = checkColumns(table, this.options.features, target);
    const core = await defaultCore();
    const alphas = alpha === undefined ? (this.options.alphas ?? core.logspace(-3, 1, 30)) : [alpha];
    const { result, min, max } = await fitRows(core, table, features, target, alphas, fitIntercept);
    const chain: readonly TransformerState[] = restrictChain(table.chain, features);
    const coef = Array.from(result.coef, positiveZero);
    const intercept = positiveZero(result.intercept);
    return new RidgeModel(core, {
      format: MODEL_FORMAT,
      type: 'RidgeCV',
      coreVersion: core.version,
      features,
      target,
      n: result.n,
      chain,
      fitIntercept,
      alpha: result.alpha,
      alphas: [...result.alphas],
      mse: [...result.mse],
      bestScore: result.bestScore,
      cv: result.bestScore === null ? 'none' : 'leave-one-out',
      coef,
      intercept,
      ...rawCoefficients(features, chain, coef, intercept),
      min,
      max,
      warnings: result.warnings,
      ...(table.source && { source: table.source }),
    });
  }
}

function checkColumns(table: Table, named: readonly string[] | undefined, target: string): readonly string[] {
  requireColumns(table, [target]);
  requireNumeric(table, [target]);
  if (named?.includes(target)) {
    throw new RidgelineError('TARGET_AMONG_FEATURES', 'content', `fit: target "${target}" is among the features`, {
      remedy: 'leave it out of the features: it would predict itself',
      position: { file: table.name, column: target },
    });
  }
  if (restrictChain(table.chain, [target]).length > 0) {
    throw new RidgelineError(
      'TARGET_TRANSFORMED',
      'content',
      `${table.name}: target "${target}" came through a StandardScaler`,
      {
        remedy: 'name the columns to standardise, without the target: new StandardScaler({ columns })',
        position: { file: table.name, column: target },
      },
    );
  }
  return chooseColumns(table, named, target);
}

async function fitRows(
  core: Core,
  table: Table,
  features: readonly string[],
  target: string,
  alphas: ArrayLike<number>,
  fitIntercept: boolean,
) {
  const p = features.length;
  const fit = core.ridgeFit({ p, alphas, fitIntercept, features, target });
  const rows = new TwoPassRows(table, [...features, target]);
  const min = features.map(() => Infinity);
  const max = features.map(() => -Infinity);
  let first = true;
  try {
    do {
      for await (const { columns } of rows.blocks()) {
        fit.push(columns.slice(0, p), columns[p]!);
        if (first) for (let j = 0; j < p; j += 1) widen(min, max, j, columns[j]!);
      }
      first = false;
    } while (fit.next());
  } catch (error) {
    throw explainNonFinite(error, table);
  }
  return { result: fit.finish(), min: min.map(positiveZero), max: max.map(positiveZero) };
}

function widen(min: number[], max: number[], j: number, values: Float64Array): void {
  let low = min[j]!;
  let high = max[j]!;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  min[j] = low;
  max[j] = high;
}

/** JSON has no negative zero. */
const positiveZero = (value: number): number => value + 0;
