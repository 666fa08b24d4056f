import { placeRow } from '../../contracts/table.ts';
import type { Table } from '../../contracts/table.ts';
import type { SimpleImputerState } from '../../contracts/transformer.ts';
import { defaultCore } from '../default-core.ts';
import { checkChoice, checkOptionNames } from '../known-options.ts';
import { allMissing, chooseColumns } from './columns.ts';
import { nonFiniteError } from './explain-row.ts';
import { FittedTransformer } from './fitted-transformer.ts';

export interface SimpleImputerOptions {
  /** Columns to fill; default every column, which must be numeric. */
  readonly columns?: readonly string[];
  readonly strategy?: 'mean' | 'median';
}

/** scikit-learn's SimpleImputer over numeric columns: missing values become the mean or the median of the others. */
export class SimpleImputer {
  readonly options: SimpleImputerOptions;

  /** @throws {RidgelineError} BAD_ARGUMENT */
  constructor(options: SimpleImputerOptions = {}) {
    checkOptionNames('SimpleImputer', options, ['columns', 'strategy']);
    checkChoice('SimpleImputer', 'strategy', options.strategy, ['mean', 'median']);
    this.options = options;
  }

  /**
   * Learns what to fill with, in one pass; a median holds its columns in memory, 8 bytes a value.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, NOT_NUMERIC, ALL_MISSING for a column without any value, NON_FINITE at an infinity
   */
  async fit(table: Table): Promise<FittedTransformer<SimpleImputerState>> {
    const { strategy = 'mean' } = this.options;
    const columns = chooseColumns(table, this.options.columns);
    const core = await defaultCore();
    const fill = strategy === 'mean' ? await meansOf(table, columns) : await mediansOf(table, columns);
    const empty = columns[fill.findIndex(Number.isNaN)];
    if (empty !== undefined) throw allMissing(table, empty);
    return new FittedTransformer(core, { type: 'SimpleImputer', columns, strategy, fill });
  }
}

async function meansOf(table: Table, columns: readonly string[]): Promise<number[]> {
  const core = await defaultCore();
  const fit = core.scalerFit(columns.length, { features: columns });
  for await (const batch of table.batches({ columns })) fit.push(columns.map((name) => batch.float64(name)));
  const { mean, nSamplesSeen } = fit.finish();
  return Array.from(mean, (value, j) => (nSamplesSeen[j] === 0 ? NaN : value + 0));
}

async function mediansOf(table: Table, columns: readonly string[]): Promise<number[]> {
  const medians: number[] = [];
  for (const name of columns) {
    const all = await table.column(name);
    const row = all.findIndex((value) => Math.abs(value) === Infinity);
    if (row >= 0) throw await placeRow(nonFiniteError(table, name, row + 1, all[row]!), table);
    const values = all.filter((value) => !Number.isNaN(value)).toSorted();
    const middle = values.length >> 1;
    const [low, high] = [values[values.length % 2 === 1 ? middle : middle - 1]!, values[middle]!];
    // Halves first only where their sum overflows.
    medians.push((Number.isFinite(low + high) ? (low + high) / 2 : low / 2 + high / 2) + 0);
  }
  return medians;
}
