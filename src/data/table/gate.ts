import { RidgelineError } from '../../contracts/errors.ts';
import { isNumeric } from '../../contracts/table.ts';
import type { Batch, Table } from '../../contracts/table.ts';
import { notNumeric, unknownColumn } from './table-errors.ts';

/**
 * The gate at the edge: columns exist, are named once and are numeric; the target is none of the features.
 *
 * @throws {RidgelineError} UNKNOWN_COLUMN, DUPLICATE_COLUMN, TARGET_AMONG_FEATURES, NOT_NUMERIC, NO_FEATURES, EMPTY_TABLE.
 */
export function checkColumns(
  table: Pick<Table, 'name' | 'fields' | 'numRows'>,
  { features, target }: { readonly features: readonly string[]; readonly target?: string },
): void {
  const { name } = table;
  if (table.numRows === 0) {
    throw new RidgelineError('EMPTY_TABLE', 'content', `${name}: expected rows, got none`, {
      position: { file: name },
    });
  }
  if (features.length === 0) {
    const remedy = 'name at least one numeric column besides the target';
    throw new RidgelineError('NO_FEATURES', 'content', `${name}: no feature columns`, { remedy });
  }
  const twice = features.find((feature, index) => features.indexOf(feature) !== index);
  if (twice !== undefined) {
    throw new RidgelineError('DUPLICATE_COLUMN', 'content', `${name}: column "${twice}" is a feature twice`, {
      remedy: 'name each feature once',
      position: { file: name, column: twice },
    });
  }
  if (target !== undefined && features.includes(target)) {
    const message = `${name}: column "${target}" is the target and a feature`;
    throw new RidgelineError('TARGET_AMONG_FEATURES', 'content', message, {
      remedy: 'leave the target out of the features: it would predict itself',
      position: { file: name, column: target },
    });
  }
  for (const column of target === undefined ? features : [...features, target]) {
    const field = table.fields.find((each) => each.name === column);
    if (!field) throw unknownColumn(name, column, table.fields);
    if (!isNumeric(field)) throw notNumeric(name, field);
  }
}

/**
 * Every value of these columns in a batch is finite; the first row that has another is named.
 *
 * @param subject how messages begin: a task, or the table's name
 * @throws {RidgelineError} MISSING_VALUE, NON_FINITE.
 */
export function checkFinite(batch: Batch, columns: readonly string[], subject: string): void {
  let found: { row: number; column: string; value: number } | undefined;
  for (const column of columns) {
    const row = firstNonFinite(batch.float64(column), found?.row);
    if (row !== undefined) found = { row, column, value: batch.float64(column)[row] as number };
  }
  if (!found) return;
  const { column, value } = found;
  const row = batch.rowOffset + found.row + 1;
  const missing = Number.isNaN(value);
  throw new RidgelineError(
    missing ? 'MISSING_VALUE' : 'NON_FINITE',
    'content',
    `${subject}: column "${column}" must be finite, got ${missing ? 'a missing value' : value} at row ${row}`,
    {
      remedy: missing ? 'drop rows with missing values, or fill them first' : 'correct the value, or drop the row',
      position: { column, row },
    },
  );
}

/** Index of the first value that is NaN or infinite, below `before`. */
function firstNonFinite(values: Float64Array, before = values.length): number | undefined {
  // x - x is 0 for a finite x and NaN for any other: summing tells in one branchless pass that all is well.
  let sum = 0;
  for (let row = 0; row < before; row++) sum += (values[row] as number) - (values[row] as number);
  if (sum === 0) return undefined;
  for (let row = 0; row < before; row++) if (!Number.isFinite(values[row])) return row;
  return undefined;
}
