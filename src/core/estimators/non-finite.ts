import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';

/** Index of the first value that is NaN or infinite. */
export function firstNonFinite(values: Float64Array): number | undefined {
  const index = values.findIndex((value) => !Number.isFinite(value));
  return index < 0 ? undefined : index;
}

/** A missing value (there is an option for it) is told from an infinite one (there is none: it is a fault in the data). */
export function nonFiniteError(table: Table, column: string, row: number, value: number): RidgelineError {
  const position = { file: table.name, column, row };
  if (Number.isNaN(value)) {
    return new RidgelineError(
      'MISSING_VALUE',
      'content',
      `${table.name}: column "${column}" has no value at row ${row}`,
      {
        remedy: 'leave such rows out: --drop-missing (in code: dropMissing)',
        position,
      },
    );
  }
  const got = `must be finite, got ${value} at row ${row}`;
  return new RidgelineError('NON_FINITE', 'content', `${table.name}: column "${column}" ${got}`, {
    remedy: 'correct the value at its source, or leave the column out',
    position,
  });
}

/** Says which table the numeric core found a non-finite value in; any other error is handed on as it is. */
export function explainNonFinite(error: unknown, table: Table): unknown {
  if (!RidgelineError.is(error) || error.code !== 'NON_FINITE') return error;
  const { column, row } = error.position ?? {};
  const [, value] = /got (\S+) at row/.exec(error.message) ?? [];
  if (column === undefined || row === undefined || value === undefined) return error;
  return nonFiniteError(table, column, row, Number(value));
}
