import { RidgelineError } from '../../contracts/errors.ts';
import type { TransformerState } from '../../contracts/model.ts';
import type { SourceInfo, Table } from '../../contracts/table.ts';
import { ColumnBatch } from './batch.ts';
import { fieldOf, toColumn, type ColumnData } from './column.ts';
import { LazyTable } from './lazy-table.ts';

/**
 * A table over columns already in memory. Nothing is copied: values must not change while something is made of them.
 *
 * @param columns name to values, each of the same length: numbers (missing is NaN) or text (missing is null)
 * @param options.firstRow index of the first of these rows in a table of which they are a part; default 0
 * @throws {RidgelineError} COLUMN_LENGTH when lengths differ.
 * @example
 * const table = tableFromColumns({ x: Float64Array.of(1, 2), label: ['a', null] });
 * table.numRows; // 2
 */
export function tableFromColumns(
  columns: Readonly<Record<string, ColumnData>>,
  options: { name?: string; chain?: readonly TransformerState[]; source?: SourceInfo; firstRow?: number } = {},
): Table {
  const { name = 'table', firstRow = 0 } = options;
  const entries = Object.entries(columns);
  const numRows = entries[0]?.[1].length ?? 0;
  for (const [column, values] of entries) {
    if (values.length === numRows) continue;
    const message = `${name}: column "${column}" must have ${numRows} rows like the first, got ${values.length}`;
    throw new RidgelineError('COLUMN_LENGTH', 'content', message, { position: { file: name, column } });
  }
  const fields = entries.map(([column, values]) => fieldOf(column, values));
  const whole = new ColumnBatch(
    name,
    firstRow,
    numRows,
    fields,
    new Map(entries.map(([column, values]) => [column, toColumn(values)])),
  );
  return new LazyTable({
    name,
    fields,
    numRows: firstRow + numRows,
    chain: options.chain,
    source: options.source,
    memory: firstRow === 0 ? numbersOf(columns) : undefined,
    read: ({ columns: wanted }) => [whole.select(wanted)],
  });
}

function numbersOf(columns: Readonly<Record<string, ColumnData>>): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(columns).flatMap(([name, data]) => (data instanceof Float64Array ? [[name, data]] : [])),
  );
}
