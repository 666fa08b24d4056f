import { RidgelineError } from '../../contracts/errors.ts';
import type { StandardScalerState } from '../../contracts/model.ts';
import type { Batch, Table } from '../../contracts/table.ts';
import { sameTransformer } from '../chain.ts';
import type { Core } from '../core.ts';
import type { ScalerResult } from '../scaler-fit.ts';
import { defaultCore } from '../default-core.ts';
import { scalingOf } from '../scaling.ts';
import { chooseColumns, requireColumns, requireNumeric } from './columns.ts';
import { explainNonFinite } from './non-finite.ts';

export interface StandardScalerOptions {
  /** Columns to standardise; default every column, which must be numeric. Other columns pass through unchanged. */
  readonly columns?: readonly string[];
  /** Centre on the mean. Default true. */
  readonly withMean?: boolean;
  /** Divide by the standard deviation. Default true. */
  readonly withStd?: boolean;
}

/** scikit-learn's StandardScaler over named columns of a table: biased variance, missing values ignored. */
export class StandardScaler {
  readonly options: StandardScalerOptions;

  constructor(options: StandardScalerOptions = {}) {
    this.options = options;
  }

  /**
   * Learns mean and scale of each column in one pass.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC, NON_FINITE (an infinity, with its row), EMPTY_INPUT
   * @example
   * const scaler = await new StandardScaler().fit(tableFromColumns({ x: Float64Array.of(1, 2, 3) }));
   * scaler.state.mean; // [2]
   */
  async fit(table: Table): Promise<FittedStandardScaler> {
    const { withMean = true, withStd = true } = this.options;
    const columns = chooseColumns(table, this.options.columns);
    const core = await defaultCore();
    const fit = core.scalerFit(columns.length, { features: columns });
    let result: ScalerResult;
    try {
      for await (const batch of table.batches({ columns })) fit.push(columns.map((name) => batch.float64(name)));
      result = fit.finish();
    } catch (error) {
      throw explainNonFinite(error, table);
    }
    const { nSamplesSeen, mean, var: variance, scale } = result;
    return new FittedStandardScaler(core, {
      type: 'StandardScaler',
      columns,
      nSamplesSeen: [...nSamplesSeen],
      ...(withMean && { mean: [...mean] }),
      ...(withStd && { var: [...variance], scale: [...scale] }),
    });
  }
}

/** A scaler that has seen its data. */
export class FittedStandardScaler {
  readonly state: StandardScalerState;
  readonly #core: Core;

  constructor(core: Core, state: StandardScalerState) {
    this.#core = core;
    this.state = state;
  }

  /**
   * The table with its columns standardised; lazy. It remembers this scaler, and so do models fitted on it.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC
   */
  transform(table: Table): Table {
    return this.#derive(table, 'transform', [...table.chain, this.state]);
  }

  /**
   * The table with its columns in their own units again; lazy. It no longer remembers this scaler.
   *
   * @throws {RidgelineError} CHAIN_MISMATCH when the table came through another transformer last
   */
  inverseTransform(table: Table): Table {
    const last = table.chain.at(-1);
    if (last !== undefined && !sameTransformer(last, this.state)) {
      throw new RidgelineError(
        'CHAIN_MISMATCH',
        'content',
        `${table.name}: expected columns that came through this scaler last, got another ${last.type}'s`,
        { remedy: 'undo transformers in reverse order, with the very ones that made the columns' },
      );
    }
    return this.#derive(table, 'inverseTransform', table.chain.slice(0, -1));
  }

  #derive(table: Table, direction: 'transform' | 'inverseTransform', chain: Table['chain']): Table {
    const { columns } = this.state;
    requireColumns(table, columns);
    requireNumeric(table, columns);
    const scaling = scalingOf(this.state, columns);
    const fields = table.fields.map((field) =>
      columns.includes(field.name) ? { name: field.name, type: 'Float64', nullable: field.nullable } : field,
    );
    const apply = (batch: Batch): Batch => {
      const scaled = this.#core[direction](
        columns.map((name) => batch.float64(name)),
        scaling,
      );
      return batch.assign(Object.fromEntries(columns.map((name, j) => [name, scaled[j]!])));
    };
    return table.derive({ fields, requires: columns, apply, chain });
  }
}
