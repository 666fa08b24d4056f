import { RidgelineError } from '../../contracts/errors.ts';
import { placeRow } from '../../contracts/table.ts';
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
        remedy:
          'leave such rows out with --drop-missing (in code: dropMissing), or fit with --impute mean: its model fills them too',
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

/**
 * Says which table an error with a column and a row is about: one of the numeric core at a non-finite value or at weights, or
 * of an encoder at a category it does not know. Any other error is handed on as it is.
 */
export function explainRow(error: unknown, table: Table): unknown {
  if (!RidgelineError.is(error)) return error;
  const { column, row } = error.position ?? {};
  if (error.code === 'BAD_WEIGHT') {
    const position = { ...error.position, file: table.name };
    const { code, kind, message, remedy } = error;
    return new RidgelineError(code, kind, message.replace(/^fit/, table.name), { remedy, position });
  }
  if (column === undefined || row === undefined) return error;
  if (error.code === 'UNKNOWN_CATEGORY') {
    const position = { file: table.name, column, row };
    return new RidgelineError(error.code, error.kind, `${table.name}: ${error.message}`, {
      remedy: error.remedy,
      position,
    });
  }
  const [, value] = /got (\S+) at row/.exec(error.message) ?? [];
  if (error.code !== 'NON_FINITE' || value === undefined) return error;
  return nonFiniteError(table, column, row, Number(value));
}

/**
 * The same for a fit, which goes on to name every column with missing values, and how many: one look is enough to decide
 * what to do about them.
 */
export async function explainFit(error: unknown, table: Table, columns: readonly string[]): Promise<unknown> {
  const explained = explainRow(error, table);
  if (!RidgelineError.is(explained) || explained.code !== 'MISSING_VALUE') return placeRow(explained, table);
  const missing = new Map<string, number>();
  for await (const batch of table.batches({ columns })) {
    for (const name of columns) {
      const count = batch.float64(name).reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
      if (count > 0) missing.set(name, (missing.get(name) ?? 0) + count);
    }
  }
  const all = Array.from(missing, ([name, count]) => `"${name}" (${count})`).join(', ');
  const { code, kind, message, remedy, position } = explained;
  const named = new RidgelineError(code, kind, `${message}; missing values are in ${all}`, { remedy, position });
  return placeRow(named, table);
}
