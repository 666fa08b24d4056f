import type { Table as WasmTable } from 'parquet-wasm/esm';
import type { Column } from './column.ts';
import type { Parquet } from './parquet-module.ts';

/**
 * Copies the columns of a table of doubles out of WebAssembly memory, through the Arrow C data interface, and frees it.
 *
 * On wasm32 an `ArrowArray` is, in bytes: length i64 @0, null_count i64 @8, offset i64 @16, n_buffers i64 @24,
 * n_children i64 @32, then pointers u32: buffers @40, children @44, dictionary @48. A record batch is a struct array; a
 * child's buffers are [validity bits or 0, values].
 * Source: https://arrow.apache.org/docs/format/CDataInterface.html
 *
 * @param table consumed
 * @param out   one f64[>= numRows] a column, filled in order; kept by the caller from one call to the next
 * @returns the columns as views on `out`; an `out` of another length is ignored and made anew
 */
export function takeDoubles(parquet: Parquet, table: WasmTable, numRows: number, out: Float64Array[]): Column[] {
  const stream = table.intoFFI();
  try {
    // No call below allocates in WebAssembly, so one view is good to the end.
    const memory = (parquet.wasmMemory() as WebAssembly.Memory).buffer;
    const view = new DataView(memory);
    const columns: { values: Float64Array; valid?: Uint8Array }[] = [];
    let row = 0;
    for (const address of stream.arrayAddrs()) {
      const children = view.getUint32(address + 44, true);
      const rows = i64(view, address);
      if (row + rows > numRows) throw new RangeError(`more than ${numRows} rows`);
      for (let index = 0; index < i64(view, address + 32); index++) {
        const child = view.getUint32(children + 4 * index, true);
        const buffers = view.getUint32(child + 40, true);
        const offset = i64(view, child + 16);
        if ((out[index]?.length ?? 0) < numRows) out[index] = new Float64Array(numRows);
        const column = (columns[index] ??= { values: (out[index] as Float64Array).subarray(0, numRows) });
        column.values.set(new Float64Array(memory, view.getUint32(buffers + 4, true) + 8 * offset, rows), row);
        if (i64(view, child + 8) === 0) continue;
        column.valid ??= new Uint8Array(numRows).fill(1);
        const bits = new Uint8Array(memory, view.getUint32(buffers, true));
        for (let i = 0; i < rows; i++) {
          if (((bits[(offset + i) >> 3] as number) >> ((offset + i) & 7)) & 1) continue;
          column.valid[row + i] = 0;
          column.values[row + i] = Number.NaN;
        }
      }
      row += rows;
    }
    if (row !== numRows) throw new RangeError(`${row} rows, expected ${numRows}`);
    return columns.map((column) => ({ kind: 'float64', ...column }));
  } finally {
    stream.free();
  }
}

function i64(view: DataView, address: number): number {
  return Number(view.getBigInt64(address, true));
}
