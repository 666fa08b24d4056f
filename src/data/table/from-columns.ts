import { RidgelineError } from '../../contracts/errors.ts';
import type { TransformerState } from '../../contracts/model.ts';
import type { SourceInfo, Table, TableMemory } from '../../contracts/table.ts';
import { ColumnBatch } from './batch.ts';
import { fieldOf, toColumn, type ColumnData } from './column.ts';
import { LazyTable } from './lazy-table.ts';

/**
 * A table over columns already in memory. Nothing is copied until threads need it, so the values must not change any more.
 *
 * @param columns name to values, each of the same length: numbers (missing is NaN) or text (missing is null)
 * @throws {RidgelineError} COLUMN_LENGTH when lengths differ.
 * @example
 * const table = tableFromColumns({ x: Float64Array.of(1, 2), label: ['a', null] });
 * table.numRows; // 2
 */
export function tableFromColumns(
  columns: Readonly<Record<string, ColumnData>>,
  options: { name?: string; chain?: readonly TransformerState[]; source?: SourceInfo } = {},
): Table {
  const name = options.name ?? 'table';
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
    0,
    numRows,
    fields,
    new Map(entries.map(([column, values]) => [column, toColumn(values)])),
  );
  return new LazyTable({
    name,
    fields,
    numRows,
    chain: options.chain,
    source: options.source,
    memory: shareable(whole),
    read: ({ columns: wanted }) => [whole.select(wanted)],
  });
}

/** A whole table in memory as other threads have it. Columns over a `SharedArrayBuffer` are there already. */
function shareable(whole: ColumnBatch): TableMemory {
  const shared = new Map<string, Float64Array>();
  const known = (name: string): Float64Array | undefined => {
    const values = whole.float64(name);
    return values.buffer instanceof SharedArrayBuffer ? values : shared.get(name);
  };
  const share = (name: string): Float64Array => {
    const there = known(name);
    if (there !== undefined) return there;
    const copy = new Float64Array(new SharedArrayBuffer(8 * whole.numRows));
    copy.set(whole.float64(name));
    shared.set(name, copy);
    return copy;
  };
  return {
    bytesToShare: (names) => names.filter((name) => known(name) === undefined).length * 8 * whole.numRows,
    share: (names) => ({
      location: 'memory',
      columns: Object.fromEntries(names.map((name) => [name, share(name)])),
    }),
  };
}
