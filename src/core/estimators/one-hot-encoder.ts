import { RidgelineError } from '../../contracts/errors.ts';
import { placeRow } from '../../contracts/table.ts';
import type { Table } from '../../contracts/table.ts';
import type { OneHotEncoderState } from '../../contracts/transformer.ts';
import { defaultCore } from '../default-core.ts';
import { checkChoice, checkFlags, checkOptionNames } from '../known-options.ts';
import { allMissing, isText, requireColumns, requireInputs, requireTable } from './columns.ts';
import { nonFiniteError } from './explain-row.ts';
import { FittedTransformer } from './fitted-transformer.ts';

export interface OneHotEncoderOptions {
  /** Columns to encode, text or numbers; default every text column. Other columns pass through unchanged, before the new ones. */
  readonly columns?: readonly string[];
  /** A category that was not seen in fitting: an error (default), or 0 in every column. */
  readonly handleUnknown?: 'error' | 'ignore';
  /** Give missing values a column of their own, `column_nan`; else (default) they are 0 in every column. */
  readonly dummyNa?: boolean;
}

/** Most categories of one column: above it the column is rather an identifier. */
const MAX_CATEGORIES = 1_000;

/** Columns of categories as columns of 0 and 1, with the names and the order of pandas' `get_dummies`. */
export class OneHotEncoder {
  readonly options: OneHotEncoderOptions;

  /** @throws {RidgelineError} BAD_ARGUMENT */
  constructor(options: OneHotEncoderOptions = {}) {
    checkOptionNames('OneHotEncoder', options, ['columns', 'handleUnknown', 'dummyNa']);
    checkFlags('OneHotEncoder', options, ['dummyNa']);
    checkChoice('OneHotEncoder', 'handleUnknown', options.handleUnknown, ['error', 'ignore']);
    this.options = options;
  }

  /**
   * Learns the categories of each column in one pass.
   *
   * @throws {RidgelineError} UNKNOWN_COLUMN, ALL_MISSING for a column without any value, TOO_MANY_CATEGORIES; NON_FINITE for an
   *   infinite number, which JSON has not
   * @example
   * const encoder = await new OneHotEncoder().fit(tableFromColumns({ sex: ['m', 'f', 'f'] }));
   * encoder.transform(table).columnNames; // ['sex_f', 'sex_m']
   */
  async fit(table: Table): Promise<FittedTransformer<OneHotEncoderState>> {
    const { handleUnknown = 'error', dummyNa = false } = this.options;
    requireTable(table);
    const columns = this.options.columns ?? table.fields.filter(isText).map(({ name }) => name);
    requireColumns(table, columns);
    const areText = columns.map((name) => isText(table.fields.find((field) => field.name === name)!));
    requireInputs(
      table,
      columns.filter((_, j) => !areText[j]).map((name) => ({ name, holds: 'numbers' })),
    );
    const seen = columns.map(() => new Set<string | number>());
    for await (const batch of table.batches({ columns })) {
      for (const [j, column] of columns.entries()) {
        const values = areText[j] ? batch.utf8(column) : batch.float64(column);
        for (const value of values) if (value !== null && !Number.isNaN(value)) seen[j]!.add(value);
        const infinite = [Infinity, -Infinity].find((value) => seen[j]!.has(value));
        if (infinite !== undefined) {
          const row = batch.rowOffset + (values as Float64Array).indexOf(infinite) + 1;
          throw await placeRow(nonFiniteError(table, column, row, infinite), table);
        }
        if (seen[j]!.size > MAX_CATEGORIES) throw tooManyCategories(table, column);
      }
    }
    const empty = columns[seen.findIndex(({ size }) => size === 0)];
    if (empty !== undefined) throw allMissing(table, empty);
    const categories = seen.map((values, j) => sorted(values, areText[j]!));
    return new FittedTransformer(await defaultCore(), {
      type: 'OneHotEncoder',
      columns,
      categories,
      handleUnknown,
      dummyNa,
    });
  }
}

/** Numbers by size, text by UTF-16 code units: Python's order but for characters beyond U+FFFF. */
function sorted(values: ReadonlySet<string | number>, areText: boolean): readonly string[] | readonly number[] {
  if (areText) return ([...values] as string[]).toSorted();
  return ([...values] as number[]).toSorted((a, b) => a - b);
}

function tooManyCategories(table: Table, column: string): RidgelineError {
  return new RidgelineError(
    'TOO_MANY_CATEGORIES',
    'content',
    `${table.name}: column "${column}" must hold at most ${MAX_CATEGORIES} categories, got more`,
    { remedy: 'leave it out if it identifies rows', position: { file: table.name, column } },
  );
}
