import { RidgelineError } from '../../contracts/errors.ts';
import type { StandardScalerState } from '../../contracts/model.ts';
import { placeRow } from '../../contracts/table.ts';
import type { Table } from '../../contracts/table.ts';
import { sameTransformer } from '../chain.ts';
import type { Core } from '../core.ts';
import type { ScalerFit, ScalerResult } from '../scaler-fit.ts';
import type { ScalerRange } from '../scaler-range.ts';
import { defaultCore } from '../default-core.ts';
import { kindOf, scalingOf } from '../transformers/index.ts';
import { checkFlags, checkOptionNames } from '../known-options.ts';
import { chooseColumns, requireColumns, requireNumeric, requireTable } from './columns.ts';
import { explainRow } from './explain-row.ts';
import { FittedTransformer } from './fitted-transformer.ts';
import { kernelRanges } from './kernel-ranges.ts';

export interface StandardScalerOptions {
  /** Columns to standardise; default every column but the weights, each numeric. Other columns pass through unchanged. */
  readonly columns?: readonly string[];
  /** Centre on the mean. Default true. */
  readonly withMean?: boolean;
  /** Divide by the standard deviation. Default true. */
  readonly withStd?: boolean;
  /** Column of weights, one a row and >= 0, as scikit-learn's `sample_weight`; a row of weight 0 is left out. */
  readonly sampleWeight?: string;
}

/** scikit-learn's StandardScaler over named columns of a table: biased variance, missing values ignored. */
export class StandardScaler {
  readonly options: StandardScalerOptions;

  /** @throws {RidgelineError} BAD_ARGUMENT */
  constructor(options: StandardScalerOptions = {}) {
    checkOptionNames('StandardScaler', options, ['columns', 'withMean', 'withStd', 'sampleWeight']);
    checkFlags('StandardScaler', options, ['withMean', 'withStd']);
    this.options = options;
  }

  /**
   * Learns mean and scale of each column in one pass.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC, NON_FINITE (an infinity, with its row), BAD_WEIGHT, EMPTY_INPUT
   * @example
   * const scaler = await new StandardScaler().fit(tableFromColumns({ x: Float64Array.of(1, 2, 3) }));
   * scaler.state.mean; // [2]
   */
  async fit(table: Table): Promise<FittedStandardScaler> {
    const { sampleWeight: weights } = this.options;
    const extra = weights === undefined ? [] : chooseColumns(table, [weights]);
    const columns = chooseColumns(table, this.options.columns, extra);
    const core = await defaultCore();
    const fit = core.scalerFit(columns.length, { features: columns, weighted: weights !== undefined, weights });
    try {
      let done = 0;
      const spread = kernelRanges(table, [...columns, ...extra], core.chunkRows, 0);
      if (spread !== undefined) {
        // Whole chunks only: those of the last one are still to be filled by `partialFit`.
        done = spread.ranges.at(-1)![1];
        done -= done % core.chunkRows;
        const whole = spread.ranges.filter(([start]) => start < done);
        const rows = whole.map(([start, end]) => [start, Math.min(end, done)] as const);
        const parts = await spread.run<ScalerRange, Uint8Array>('scaler.range', { columns, weights }, rows);
        for (const part of parts) fit.append(part);
      }
      await pushRows(fit, table, columns, weights, done);
      return new FittedStandardScaler(core, columns, this.options, fit);
    } catch (error) {
      throw await placeRow(explainRow(error, table), table);
    }
  }
}

/** The rows of a table from one on. */
async function pushRows(
  fit: ScalerFit,
  table: Table,
  columns: readonly string[],
  weights: string | undefined,
  from: number,
): Promise<void> {
  const rows = from === 0 ? {} : { rows: [from, table.numRows!] as const };
  const read = weights === undefined ? columns : [...columns, weights];
  for await (const batch of table.batches({ columns: read, ...rows })) {
    fit.push(
      columns.map((name) => batch.float64(name)),
      weights === undefined ? undefined : batch.float64(weights),
    );
  }
}

/** A scaler that has seen its data. */
export class FittedStandardScaler extends FittedTransformer<StandardScalerState> {
  readonly #options: StandardScalerOptions;
  readonly #fit: ScalerFit;

  /** @param fit the rows it has seen */
  constructor(core: Core, columns: readonly string[], options: StandardScalerOptions, fit: ScalerFit) {
    super(core, scalerState(columns, fit.finish(), options));
    this.#options = options;
    this.#fit = fit;
  }

  /**
   * A scaler of the rows of this table too, with the bits of one fit on all rows, however they were cut. This scaler,
   * and what it transformed, stay as they are.
   *
   * @throws {RidgelineError} as `StandardScaler.fit`
   * @example
   * const first = await new StandardScaler().fit(january);
   * const both = await first.partialFit(february);
   */
  async partialFit(table: Table): Promise<FittedStandardScaler> {
    const { columns } = this.state;
    const { sampleWeight: weights } = this.#options;
    chooseColumns(table, columns);
    if (weights !== undefined) chooseColumns(table, [weights]);
    const fit = this.#fit.copy();
    try {
      await pushRows(fit, table, columns, weights, 0);
      return new FittedStandardScaler(this.core, columns, this.#options, fit);
    } catch (error) {
      throw await placeRow(explainRow(error, table), table);
    }
  }

  /**
   * The table with its columns in their own units again; lazy. It no longer remembers this scaler.
   *
   * @throws {RidgelineError} CHAIN_MISMATCH when the table came through another transformer last
   */
  inverseTransform(table: Table): Table {
    const { state, core } = this;
    const { columns } = state;
    requireTable(table);
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

/** What a fit of a scaler came to, as models and files carry it. */
export function scalerState(
  columns: readonly string[],
  { nSamplesSeen, mean, var: variance, scale }: ScalerResult,
  { withMean = true, withStd = true }: StandardScalerOptions = {},
): StandardScalerState {
  return {
    type: 'StandardScaler',
    columns,
    nSamplesSeen: [...nSamplesSeen],
    // + 0: never a negative zero, which JSON would lose
    ...(withMean && { mean: Array.from(mean, (value) => value + 0) }),
    ...(withStd && { var: [...variance], scale: [...scale] }),
  };
}
