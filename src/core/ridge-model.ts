import { MODEL_BRAND } from '../contracts/model.ts';
import type { FittedModel, RidgeModelArtifact } from '../contracts/model.ts';
import type { Batch, Table } from '../contracts/table.ts';
import { alreadyScaledError, findAlreadyScaled } from './already-scaled.ts';
import { needsChain } from './chain.ts';
import type { Core, LinearModel } from './core.ts';
import { defaultCore } from './default-core.ts';
import { requireColumns, requireFree, requireNumeric } from './estimators/columns.ts';
import { explainNonFinite, firstNonFinite, nonFiniteError } from './estimators/non-finite.ts';
import { readModel } from './model-read.ts';
import { PredictionErrors } from './prediction-errors.ts';
import type { Evaluation } from './prediction-errors.ts';
import { scalingOf } from './scaling.ts';

export interface PredictOptions {
  /** Name of the new column. Default `preds`. */
  readonly as?: string;
  /**
   * For a table that does not say how it was made (a CSV): true when its columns are standardised already, false when
   * they are raw. Without it they are taken for raw, unless they plainly look standardised.
   */
  readonly scaled?: boolean;
}

/** A fitted ridge regression. Fields of `artifact` under scikit-learn's names. */
export class RidgeModel implements FittedModel {
  readonly [MODEL_BRAND] = true;
  readonly artifact: RidgeModelArtifact;
  readonly #core: Core;

  constructor(core: Core, artifact: RidgeModelArtifact) {
    this.#core = core;
    this.artifact = artifact;
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

  /**
   * The table with a column of predictions; lazy. Raw columns go through the model's own transformers, inside the
   * prediction and with the bits of transforming first; columns that came through the very same ones do not (R19).
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC, COLUMN_EXISTS, CHAIN_MISMATCH at once; while it is read
   *   ALREADY_SCALED, before the first row, and MISSING_VALUE or NON_FINITE with column and row
   */
  predict(table: Table, options: PredictOptions = {}): Table {
    const { as = 'preds' } = options;
    requireFree(table, as);
    const predict = this.#predictor(table, options.scaled);
    return table.derive({
      fields: [...table.fields, { name: as, type: 'Float64', nullable: false }],
      requires: this.features,
      apply: (batch) => batch.assign({ [as]: predict(batch) }),
    });
  }

  /**
   * Compares predictions with the target of a table, in one pass and constant memory.
   *
   * @throws {RidgelineError} as `predict`; MISSING_VALUE, NON_FINITE in the target; EMPTY_INPUT
   */
  async evaluate(table: Table, options: Pick<PredictOptions, 'scaled'> = {}): Promise<Evaluation> {
    const { features, target } = this.artifact;
    requireColumns(table, [target]);
    requireNumeric(table, [target]);
    const predict = this.#predictor(table, options.scaled);
    const errors = new PredictionErrors();
    for await (const batch of table.batches({ columns: [...features, target] })) {
      const predicted = predict(batch);
      const truth = batch.float64(target);
      const row = firstNonFinite(truth);
      if (row !== undefined) throw nonFiniteError(table, target, batch.rowOffset + row + 1, truth[row]!);
      errors.add(truth, predicted);
    }
    return errors.finish();
  }

  /** Predictions of one batch of this table, f64[numRows]. */
  #predictor(table: Table, scaled: boolean | undefined): (batch: Batch) => Float64Array {
    const { features, chain, coef, intercept } = this.artifact;
    requireColumns(table, features);
    requireNumeric(table, features);
    const raw = scaled === true ? false : needsChain(chain, table.chain, features, table.name);
    const steps = raw ? chain.map((state) => scalingOf(state, features)) : [];
    const fused = steps.pop();
    const model: LinearModel = { ...fused, coef, intercept, features };
    const unsure = raw && scaled === undefined;
    return (batch) => {
      let columns: readonly Float64Array[] = features.map((name) => batch.float64(name));
      if (unsure && batch.rowOffset === 0) {
        const evidence = findAlreadyScaled(this.artifact, columns, batch.numRows);
        if (evidence !== undefined) throw alreadyScaledError(table.name, evidence);
      }
      for (const scaling of steps) columns = this.#core.transform(columns, scaling);
      try {
        return this.#core.predict(model, columns, undefined, batch.rowOffset);
      } catch (error) {
        throw explainNonFinite(error, table);
      }
    };
  }
}
