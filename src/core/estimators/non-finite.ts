import { RidgelineError } from '../../contracts/errors.ts';
import type { Table } from '../../contracts/table.ts';

/**
 * Says which file a non-finite value is in, and tells a missing value (there is an option for it) from an infinite one
 * (there is none: it is a fault in the data). Any other error is handed on as it is.
 */
export function explainNonFinite(error: unknown, table: Table): unknown {
  if (!RidgelineError.is(error) || error.code !== 'NON_FINITE' || error.position?.row === undefined) return error;
  const { column, row } = error.position;
  const position = { file: table.name, ...error.position };
  if (error.message.includes('NaN')) {
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
  return new RidgelineError('NON_FINITE', 'content', `${table.name}: ${error.message.replace(/^\w+: /, '')}`, {
    remedy: 'correct the value at its source, or leave the column out',
    position,
  });
}
