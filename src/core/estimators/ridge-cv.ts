import { RidgelineError } from '../../contracts/errors.ts';
import type { LeaveOneOutIntervals, StandardScalerState, TransformerState } from '../../contracts/model.ts';
import type { Table } from '../../contracts/table.ts';
import { ARRAY_FLAGS, ARRAY_OPTIONS } from '../array-estimators.ts';
import type { RidgeCVOptions as ArrayOptions } from '../array-estimators.ts';
import { told } from '../array-input.ts';
import { restrictChain } from '../chain.ts';
import type { Core, LinearModel, Scaling } from '../core.ts';
import { defaultCore } from '../default-core.ts';
import { checkCv } from '../fold-fit.ts';
import { IntervalFit } from '../interval-fit.ts';
import { checkFlags, checkOptionNames } from '../known-options.ts';
import { alphasOf, checkAlphaOptions } from '../ridge-checks.ts';
import type { RidgeOptions, RidgeResult } from '../ridge-fit.ts';
import type { LeaveOneOutRange } from '../leave-one-out-range.ts';
import { RidgeModel } from '../ridge-model.ts';
import type { RidgePart } from '../ridge-pass.ts';
import type { RidgeRange } from '../ridge-range.ts';
import { checkScoring, LeaveOneOutScores, weightedR2 } from '../scoring.ts';
import { scalingOf } from '../transformers/index.ts';
import { chooseColumns } from './columns.ts';
import { explainFit } from './explain-row.ts';
import { foldRows } from './fold-rows.ts';
import { kernelRanges } from './kernel-ranges.ts';
import { RepeatedRows } from './repeated-rows.ts';
import type { Block } from './repeated-rows.ts';
import { ridgeArtifact } from './ridge-artifact.ts';
import { scalerState, StandardScaler } from './standard-scaler.ts';

/** A column to predict, or several: then there is a model for each. */
export type Target = string | readonly string[];

/**
 * What there is to choose over arrays, and of which columns. Each of `scoring`, `storeCvResults` and `intervals` takes one
 * more pass; `cvResults` stays in memory, a model file does not carry it.
 */
export interface RidgeCVOptions<T extends Target = string> extends ArrayOptions {
  readonly target: T;
  /** Default every column but the target (or targets) and the weights, each of which must be numeric. */
  readonly features?: readonly string[];
  /**
   * Column of weights, one a row and >= 0, as scikit-learn's `sample_weight`: of the fit, of `standardize` and of every score.
   * A row of weight 0 is left out.
   */
  readonly sampleWeight?: string;
  /**
   * Standardises the features first: the model is that of a `StandardScaler` fitted on the same rows and of this fit on what
   * it makes of them, to the bit unless rows have weights, with one read of the rows less. Default false.
   */
  readonly standardize?: boolean;
}

const OPTIONS: readonly (keyof RidgeCVOptions)[] = [
  'target',
  'features',
  'sampleWeight',
  'standardize',
  ...ARRAY_OPTIONS,
];

/**
 * Ridge regression that chooses alpha by exact leave-one-out error, as scikit-learn's `RidgeCV(cv=None)`.
 * The leave-one-out error is conditional on transformers fitted on the same rows.
 *
 * Of several targets, fitted in the same passes, each gets a model of its own, with the bits of a fit of it alone (but for
 * the alpha that they choose together).
 */
export class RidgeCV<T extends Target = string> {
  readonly options: RidgeCVOptions<T>;

  /** @throws {RidgelineError} BAD_ARGUMENT, BAD_SCORING, BAD_FOLDS, BAD_ALPHA */
  constructor(options: RidgeCVOptions<T>) {
    checkOptionNames('RidgeCV', options ?? {}, OPTIONS);
    checkTarget(options?.target);
    checkFlags('RidgeCV', options, [...ARRAY_FLAGS, 'standardize']);
    this.options = options;
    checkScoring(options.scoring);
    checkCv(options);
    checkAlphaOptions(options);
  }

  /**
   * Fits in two or more passes over the table; one that is small is read once.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, DUPLICATE_COLUMN, NOT_NUMERIC, TARGET_AMONG_FEATURES, TARGET_TRANSFORMED,
   *   WEIGHTS_AMONG_FEATURES, WEIGHTS_TRANSFORMED, MISSING_VALUE, NON_FINITE and BAD_WEIGHT with column and row, EMPTY_INPUT,
   *   BAD_ALPHA; for intervals TOO_FEW_ROWS, LEVERAGE_ONE
   */
  async fit(table: Table): Promise<T extends string ? RidgeModel : readonly RidgeModel[]>;
  async fit(given: Table): Promise<RidgeModel | readonly RidgeModel[]> {
    const { fitIntercept = true, cv, standardize = false, sampleWeight } = this.options;
    const scoring = this.options.scoring ?? (cv === undefined ? undefined : 'r2');
    const target: Target = this.options.target;
    const targets = typeof target === 'string' ? [target] : target;
    const features = checkColumns(given, this.options.features, targets, sampleWeight);
    // Folds are gone through once, so there is no read to be saved.
    const own = { columns: features, ...(sampleWeight !== undefined && { sampleWeight }) };
    const scaler = standardize && cv !== undefined && (await new StandardScaler(own).fit(given));
    const table = scaler ? scaler.transform(given) : given;
    const core = await defaultCore();
    const alphas = alphasOf(this.options, () => core.logspace(-3, 1, 30));
    const fuses = standardize && cv === undefined;
    const rows = fuses ? { table, features, scaling: {} } : beneathScaler(table, features);
    const options = { p: features.length, alphas, fitIntercept, standardize: fuses };
    const { fits, min, max, scaler: fused } = await fitRows(core, rows, targets, this.options, options);
    const chain: readonly TransformerState[] = [...restrictChain(table.chain, features), ...(fused ? [fused] : [])];
    const folds = cv === undefined ? undefined : ({ count: cv, rows: 'in-order' } as const);
    const models = fits.map(({ result, r2, intervals, cvResults }, k) => {
      const of = { features, target: targets[k]!, sampleWeight, source: table.source };
      const about = { ...of, chain, fitIntercept, min, max, scoring, r2, folds, intervals };
      const artifact = ridgeArtifact(core, result, about, rows.table.chain);
      return new RidgeModel(core, artifact, cvResults);
    });
    return typeof target === 'string' ? models[0]! : models;
  }
}

function checkTarget(target: unknown): void {
  const names: unknown = typeof target === 'string' ? [target] : target;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  throw new RidgelineError(
    'BAD_ARGUMENT',
    'usage',
    `RidgeCV: expected a column's name as target, got ${told(target)}`,
    {
      remedy: "say which column to predict: new RidgeCV({ target: 'y' }), or several: { target: ['y', 'z'] }",
    },
  );
}

function checkColumns(
  table: Table,
  named: readonly string[] | undefined,
  targets: readonly string[],
  weights: string | undefined,
): readonly string[] {
  const others = weights === undefined ? targets : [...targets, weights];
  chooseColumns(table, others);
  const among = targets.find((target) => named?.includes(target));
  if (among !== undefined) {
    throw new RidgelineError('TARGET_AMONG_FEATURES', 'content', `fit: target "${among}" is among the features`, {
      remedy: 'leave it out of the features: it would predict itself',
      position: { file: table.name, column: among },
    });
  }
  if (weights !== undefined && named?.includes(weights)) {
    throw new RidgelineError('WEIGHTS_AMONG_FEATURES', 'content', `fit: weights "${weights}" are among the features`, {
      remedy: 'leave them out of the features',
      position: { file: table.name, column: weights },
    });
  }
  if (weights !== undefined && restrictChain(table.chain, [weights]).length > 0) {
    throw new RidgelineError(
      'WEIGHTS_TRANSFORMED',
      'content',
      `${table.name}: weights "${weights}" were transformed with the features`,
      {
        remedy: 'say so to the scaler too: new StandardScaler({ sampleWeight })',
        position: { file: table.name, column: weights },
      },
    );
  }
  const target = targets.find((name) => restrictChain(table.chain, [name]).length > 0);
  if (target !== undefined) {
    throw new RidgelineError(
      'TARGET_TRANSFORMED',
      'content',
      `${table.name}: target "${target}" was transformed with the features`,
      {
        remedy: 'name the columns to transform, without the target: new StandardScaler({ columns })',
        position: { file: table.name, column: target },
      },
    );
  }
  return chooseColumns(table, named, others);
}

/** Rows to fit on: columns of a table, and the scaling they still have to go through. */
interface FitRows {
  readonly table: Table;
  readonly features: readonly string[];
  readonly scaling: Scaling;
}

/**
 * Beneath a table that is standardised while it is read lie raw columns: the fit takes those and sees them through the
 * scaler. Less to compute, and all digits of the coefficients in the data's own units.
 */
function beneathScaler(table: Table, features: readonly string[]): FitRows {
  const beneath = table.origin?.table;
  const state = table.chain.at(-1);
  if (beneath === undefined || state?.type !== 'StandardScaler' || beneath.chain.length + 1 !== table.chain.length) {
    return { table, features, scaling: {} };
  }
  return { table: beneath, features, scaling: scalingOf(state, features) };
}

interface FittedRows {
  /** With `standardize`: that of the features. */
  readonly scaler?: StandardScalerState | undefined;
  readonly min: number[];
  readonly max: number[];
  /** Per target. */
  readonly fits: readonly {
    readonly result: RidgeResult;
    readonly r2: number | undefined;
    readonly intervals: LeaveOneOutIntervals | undefined;
    readonly cvResults: readonly Float64Array[] | undefined;
  }[];
}

async function fitRows(
  core: Core,
  { table, features, scaling: given }: FitRows,
  target: readonly string[],
  asked: Omit<RidgeCVOptions, 'target'>,
  options: Pick<RidgeOptions, 'p' | 'alphas' | 'fitIntercept' | 'standardize'>,
): Promise<FittedRows> {
  const {
    scoring,
    storeCvResults = false,
    intervals: keepsIntervals,
    alphaPerTarget,
    cv,
    sampleWeight: weights,
  } = asked;
  const { p } = options;
  const y = p + target.length;
  const columns = [...features, ...target, ...(weights === undefined ? [] : [weights])];
  const names = { targets: target.length, features, target, weighted: weights !== undefined, weights };
  const scaled = (ends: readonly Float64Array[], by: Scaling): Pick<FittedRows, 'min' | 'max'> => {
    const range = core.transform(ends, by);
    return { min: range.map(([low]) => low!), max: range.map(([, high]) => high!) };
  };
  if (cv !== undefined) {
    const shape = { ...options, ...given, ...names, scoring };
    const done = await foldRows(core, table, columns, cv, shape);
    const none = { intervals: undefined, cvResults: undefined };
    const ends = features.map((_, j) => Float64Array.of(done.min[j]!, done.max[j]!));
    return { ...scaled(ends, given), fits: done.fits.map((fitted) => ({ ...fitted, ...none })) };
  }
  const fit = core.ridgeFit({ ...options, ...given, ...names, ranges: true });
  const rows = new RepeatedRows(table, columns);
  const flopsPerRow = (points: number): number => 3 * p * p + 4 * p * points;
  const points = Math.min(options.alphas.length, ALPHA_NODES);
  const spread = kernelRanges(table, columns, core.chunkRows, flopsPerRow(points));
  try {
    do {
      if (spread !== undefined) {
        const range = { job: fit.job, columns };
        for (const part of await spread.run<RidgeRange, RidgePart>('ridge.range', range)) fit.append(part);
      } else {
        for await (const block of rows.blocks()) {
          fit.push(block.slice(0, p), block.slice(p, y), block[y]);
        }
      }
    } while (fit.next());
    // Done elsewhere, no row has been seen here: a model of few of them says its r2 whatever the threads.
    if (spread !== undefined) await rows.keep();
  } catch (error) {
    throw await explainFit(error, table, columns);
  }
  /** Reads the rows once more, for something of each target. */
  const again = async <Part>(each: readonly AgainOverRows<Part>[]): Promise<void> => {
    const spread = kernelRanges(table, columns, core.chunkRows, SCRIPT_FLOPS * flopsPerRow(options.alphas.length));
    if (spread === undefined) {
      for await (const block of rows.blocks()) {
        each.forEach((one, k) => one.push(block.slice(0, p), block[p + k]!, block[y]));
      }
      return;
    }
    const range = { jobs: each.map((one) => one.job), columns };
    for (const parts of await spread.run<LeaveOneOutRange, Part[]>('leave-one-out.range', range)) {
      parts.forEach((part, k) => each[k]!.append(part));
    }
  };
  const judged =
    scoring !== undefined || storeCvResults
      ? target.map(
          (_, k) => new LeaveOneOutScores({ of: fit.leaveOneOutErrors(k).job, scoring, store: storeCvResults }),
        )
      : undefined;
  if (judged !== undefined) await again(judged);
  const results = fit.finishEach(judged && ((mse, k) => judged[k]!.scores(mse)), alphaPerTarget);
  const intervals = keepsIntervals && results.map((result, k) => new IntervalFit(fit.leaveOneOut(result, k).job));
  if (intervals) await again(intervals);
  const scaler = fit.scaler && scalerState(features, fit.scaler);
  const scaling = scaler ? scalingOf(scaler, features) : given;
  return {
    scaler,
    ...scaled(
      features.map((_, j) => fit.range.subarray(2 * j, 2 * j + 2)),
      scaling,
    ),
    fits: results.map((result, k) => ({
      result,
      r2: rows.kept && explainedShare(core, { ...scaling, ...result }, rows.kept, p + k, y),
      intervals: intervals ? intervals[k]!.finish() : undefined,
      cvResults: judged?.[k]!.cvResults,
    })),
  };
}

/** What is gathered in a read after the fit: here, or in ranges elsewhere. */
interface AgainOverRows<Part> {
  readonly job: LeaveOneOutRange['jobs'][number];
  push(columns: readonly ArrayLike<number>[], y: ArrayLike<number>, weights?: ArrayLike<number>): void;
  append(part: Part): void;
}

/** Points that a sweep is ordinarily evaluated at, in place of many alphas. */
const ALPHA_NODES = 8;
/** Flops of a kernel that take as long as one of plain JavaScript. */
const SCRIPT_FLOPS = 5;

/** R2 on all rows in one piece: sums over them do not depend on how the rows came. `target` and `weights` are columns of a block. */
function explainedShare(
  core: Core,
  model: LinearModel,
  blocks: readonly Block[],
  target: number,
  weights: number,
): number {
  const p = model.coef.length;
  const joined = (of: (block: Block) => Float64Array): Float64Array => {
    const parts = blocks.map(of);
    const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((row, part) => (all.set(part, row), row + part.length), 0);
    return all;
  };
  const truth = joined((block) => block[target]!);
  const predicted = joined((block) => core.predict(model, block.slice(0, p)));
  if (blocks[0]?.[weights] === undefined) return core.metrics(truth, predicted).r2;
  return weightedR2(
    truth,
    predicted,
    joined((block) => block[weights]!),
  );
}
