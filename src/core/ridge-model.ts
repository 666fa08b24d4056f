import { RidgelineError } from '../contracts/errors.ts';
import { MODEL_BRAND } from '../contracts/model.ts';
import type { FittedModel, RidgeModelArtifact } from '../contracts/model.ts';
import { placeRow } from '../contracts/table.ts';
import type { Batch, Table } from '../contracts/table.ts';
import { alreadyScaledError, findAlreadyScaled } from './already-scaled.ts';
import { chainInputs, needsChain } from './chain.ts';
import type { Core, LinearModel } from './core.ts';
import { defaultCore } from './default-core.ts';
import { requireColumns, requireFree, requireInputs, requireNumeric } from './estimators/columns.ts';
import { explainRow, firstNonFinite, nonFiniteError } from './estimators/explain-row.ts';
import { IntervalPredictor } from './interval-predict.ts';
import type { Interval, IntervalMethod } from './interval-predict.ts';
import { readModel } from './model-read.ts';
import { PredictionErrors } from './prediction-errors.ts';
import type { Evaluation } from './prediction-errors.ts';
import { kindOf, scalingOf } from './transformers/index.ts';

export interface PredictOptions {
  /** Name of the new column. Default `preds`. */
  readonly as?: string;
  /**
   * For a table that does not say how it was made (a CSV): true when its columns are standardised already, false when
   * they are raw. Without it they are taken for raw, unless they plainly look standardised.
   */
  readonly scaled?: boolean;
  /** Level of a prediction interval, such as 0.9: adds `<as>_lower` and `<as>_upper`. The fit must have kept `intervals`. */
  readonly interval?: number;
  /** Default jackknife+ where the model has it (small fits), else the plain jackknife. See the guarantees in the README. */
  readonly intervalMethod?: IntervalMethod;
}

/** A fitted ridge regression. Fields of `artifact` under scikit-learn's names. */
export class RidgeModel implements FittedModel {
  readonly [MODEL_BRAND] = true;
  readonly artifact: RidgeModelArtifact;
  /**
   * Per alpha f64[n], after a fit with `storeCvResults`: squared leave-one-out errors, or with `scoring` the leave-one-out
   * predictions. No part of the artifact.
   */
  readonly cvResults: readonly Float64Array[] | undefined;
  readonly #core: Core;

  constructor(core: Core, artifact: RidgeModelArtifact, cvResults?: readonly Float64Array[]) {
    this.#core = core;
    this.artifact = artifact;
    this.cvResults = cvResults;
  }

  /** A model from the JSON text of its artifact. @throws {RidgelineError} NOT_A_MODEL, NEWER_MODEL */
  static async read(text: string, name: string): Promise<RidgeModel> {
    const artifact = readModel(text, name);
    return new RidgeModel(await defaultCore(), artifact);
  }

  get features(): readonly string[] {
    return this.artifact.features;
  }
  get target(): string {
    return this.artifact.target;
  }
  get alpha(): number {
    return this.artifact.alpha;
  }
  get bestScore(): number | null {
    return this.artifact.bestScore;
  }
  get coef(): readonly number[] {
    return this.artifact.coef;
  }
  get intercept(): number {
    return this.artifact.intercept;
  }

  /** The columns that predicting needs of this table: raw ones, or what the model's transformers made of them. */
  inputs(table: Table, options: Pick<PredictOptions, 'scaled'> = {}): readonly string[] {
    return this.#predictor(table, options.scaled).requires;
  }

  /**
   * The table with a column of predictions; lazy. Raw columns go through the model's own transformers, inside the
   * prediction and with the bits of transforming first; columns that came through the very same ones do not (R19).
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC, COLUMN_EXISTS, CHAIN_MISMATCH, and for an
   *   interval BAD_INTERVAL, NO_INTERVALS, NO_JACKKNIFE_PLUS, INTERVAL_UNBOUNDED, at once; while it is read
   *   ALREADY_SCALED, before the first row, and MISSING_VALUE or NON_FINITE with column and row
   */
  predict(table: Table, options: PredictOptions = {}): Table {
    const { as = 'preds' } = options;
    requireFree(table, as);
    const { interval: level } = options;
    const names = level === undefined ? [as] : [as, `${as}_lower`, `${as}_upper`];
    for (const name of names.slice(1)) requireFree(table, name);
    const intervals = level === undefined ? undefined : this.intervals(level, options.intervalMethod);
    const { requires, predict } = this.#predictor(table, options.scaled, intervals);
    return table.derive({
      fields: [...table.fields, ...names.map((name) => ({ name, type: 'Float64', nullable: false }))],
      requires,
      recipe: { kind: 'predict', value: { artifact: this.artifact, options } },
      apply: (batch) => {
        const { predicted, interval } = predict(batch);
        const { lower, upper } = interval ?? {};
        return batch.assign({
          [as]: predicted,
          ...(lower && upper && { [`${as}_lower`]: lower, [`${as}_upper`]: upper }),
        });
      },
    });
  }

  /** How intervals of this level are made. @throws {RidgelineError} as `IntervalPredictor` */
  intervals(level: number, method?: IntervalMethod): IntervalPredictor {
    const { n, features, intervals } = this.artifact;
    return new IntervalPredictor(this.#core, { n, p: features.length, intervals }, level, method);
  }

  /**
   * Compares predictions with the target of a table, in one pass and constant memory.
   *
   * @throws {RidgelineError} as `predict`; MISSING_VALUE, NON_FINITE in the target; EMPTY_INPUT
   */
  async evaluate(table: Table, options: Pick<PredictOptions, 'scaled'> = {}): Promise<Evaluation> {
    const { target } = this.artifact;
    requireColumns(table, [target]);
    requireNumeric(table, [target]);
    const { requires, predict } = this.#predictor(table, options.scaled);
    const errors = new PredictionErrors();
    for await (const batch of table.batches({ columns: [...new Set([...requires, target])] })) {
      try {
        const { predicted } = predict(batch);
        const truth = batch.float64(target);
        const row = firstNonFinite(truth);
        if (row !== undefined) throw nonFiniteError(table, target, batch.rowOffset + row + 1, truth[row]!);
        errors.add(truth, predicted);
      } catch (error) {
        throw await placeRow(error, table);
      }
    }
    return errors.finish(table.name);
  }

  /** How to predict a batch of this table: the columns that takes, and the predictions of one, f64[numRows], with intervals if wanted. */
  #predictor(table: Table, scaled: boolean | undefined, intervals?: IntervalPredictor): Predictor {
    const { features, chain, coef, intercept } = this.artifact;
    const raw = scaled === true ? false : needsChain(chain, table.chain, features, table.name);
    const inputs = chainInputs(raw ? chain : [], features);
    const requires = inputs.map(({ name }) => name);
    requireInputColumns(table, requires, features);
    requireInputs(table, inputs);
    const last = raw ? chain.at(-1) : undefined;
    const steps = !raw ? [] : last?.type === 'StandardScaler' ? chain.slice(0, -1) : chain;
    const fused = last?.type === 'StandardScaler' ? scalingOf(last, features) : {};
    const model: LinearModel = { ...fused, coef, intercept, features };
    const unsure = raw && scaled === undefined;
    const predict = (batch: Batch): Predicted => {
      try {
        let transformed = batch;
        for (const state of steps)
          transformed = transformed.assign(kindOf(state).apply(this.#core, state, transformed));
        const columns = features.map((name) => transformed.float64(name));
        const evidence =
          unsure && batch.rowOffset === 0 ? findAlreadyScaled(this.artifact, columns, batch.numRows) : undefined;
        if (evidence !== undefined) throw alreadyScaledError(table.name, evidence);
        const predicted = this.#core.predict(model, columns, undefined, batch.rowOffset);
        return { predicted, interval: intervals?.predict(model, columns, predicted) };
      } catch (error) {
        throw explainRow(error, table);
      }
    };
    return { requires, predict };
  }
}

interface Predictor {
  readonly requires: readonly string[];
  readonly predict: (batch: Batch) => Predicted;
}

interface Predicted {
  readonly predicted: Float64Array;
  readonly interval: Interval | undefined;
}

/** @throws {RidgelineError} UNKNOWN_COLUMN; with the way out when the columns are there as they leave the transformers */
function requireInputColumns(table: Table, inputs: readonly string[], features: readonly string[]): void {
  const has = (name: string): boolean => table.columnNames.includes(name);
  const missing = inputs.find((name) => !has(name));
  if (missing === undefined || !features.every(has)) return requireColumns(table, inputs);
  throw new RidgelineError(
    'ALREADY_SCALED',
    'content',
    `${table.name}: no column "${missing}", but the columns that the model's transformers make of the raw ones`,
    { remedy: 'say --scaled if they came through the very same transformers (in code: { scaled: true })' },
  );
}
