import { RidgelineError } from '../../contracts/errors.ts';
import type { StandardScalerState } from '../../contracts/model.ts';
import type { Table } from '../../contracts/table.ts';
import { sameTransformer } from '../chain.ts';
import type { ScalerResult } from '../scaler-fit.ts';
import type { ScalerRange } from '../scaler-range.ts';
import { defaultCore } from '../default-core.ts';
import { kindOf, scalingOf } from '../transformers/index.ts';
import { chooseColumns, requireColumns, requireNumeric } from './columns.ts';
import { explainRow } from './explain-row.ts';
import { FittedTransformer } from './fitted-transformer.ts';
import { kernelRanges } from './kernel-ranges.ts';

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
      const spread = kernelRanges(table, columns.length);
      if (spread !== undefined) {
        const jobs = spread.ranges.map((rows): ScalerRange => ({ table: spread.table, columns, rows }));
        for (const part of await spread.kernels.run<ScalerRange, Uint8Array>('scaler.range', jobs)) fit.append(part);
      } else {
        for await (const batch of table.batches({ columns })) fit.push(columns.map((name) => batch.float64(name)));
      }
      result = fit.finish();
    } catch (error) {
      throw explainRow(error, table);
    }
    const { nSamplesSeen, mean, var: variance, scale } = result;
    return new FittedStandardScaler(core, {
      type: 'StandardScaler',
      columns,
      nSamplesSeen: [...nSamplesSeen],
      // + 0: never a negative zero, which JSON would lose
      ...(withMean && { mean: Array.from(mean, (value) => value + 0) }),
      ...(withStd && { var: [...variance], scale: [...scale] }),
    });
  }
}

/** A scaler that has seen its data. */
export class FittedStandardScaler extends FittedTransformer<StandardScalerState> {
  /**
   * The table with its columns in their own units again; lazy. It no longer remembers this scaler.
   *
   * @throws {RidgelineError} CHAIN_MISMATCH when the table came through another transformer last
   */
  inverseTransform(table: Table): Table {
    const { state, core } = this;
    const { columns } = state;
    const last = table.chain.at(-1);
    if (last !== undefined && !sameTransformer(last, state)) {
      throw new RidgelineError(
        'CHAIN_MISMATCH',
        'content',
        `${table.name}: expected columns that came through this scaler last, got another ${last.type}'s`,
        { remedy: 'undo transformers in reverse order, with the very ones that made the columns' },
      );
    }
    requireColumns(table, columns);
    requireNumeric(table, columns);
    const scaling = scalingOf(state, columns);
    return table.derive({
      fields: kindOf(state).fields(state, table.fields),
      requires: columns,
      chain: table.chain.slice(0, -1),
      apply: (batch) => {
        const raw = core.inverseTransform(
          columns.map((name) => batch.float64(name)),
          scaling,
        );
        return batch.assign(Object.fromEntries(columns.map((name, j) => [name, raw[j]!])));
      },
    });
  }
}
