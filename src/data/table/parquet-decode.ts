import { arrow } from './arrow-library.ts';
import type { Column } from './column.ts';
import { takeDoubles } from './parquet-ffi.ts';
import { badParquet, type ParquetColumn } from './parquet-footer.ts';
import { withParquet, type Parquet } from './parquet-module.ts';
import { encodeHint, type ParquetSchema } from './parquet-schema.ts';

/** Columns that are decoded alike, from small files made of their chunks. Arrays are reused from one file to the next. */
export interface ColumnDecoder {
  readonly columns: readonly ParquetColumn[];
  /** Arrow's own schema of the columns, for the small files to carry. */
  readonly hint: string | undefined;
  /** @throws {RidgelineError} BAD_PARQUET, saying at which rows: `firstRow` counts from 0. */
  decode(file: Uint8Array, firstRow: number, numRows: number): Promise<Column[]>;
}

/** Doubles are copied straight out of the library's memory; other types take Arrow's stream form, all in one file. */
export function decodersFor(columns: readonly ParquetColumn[], schema: ParquetSchema): ColumnDecoder[] {
  const doubles = columns.filter((column) => column.isDouble);
  const others = columns.filter((column) => !column.isDouble);
  const hint = schema.hint && encodeHint(schema.hint, others);
  return [decoder(doubles, undefined, doubleDecoder()), decoder(others, hint, decodeOthers)].filter(
    (each) => each.columns.length > 0,
  );
}

type Decode = (parquet: Parquet, file: Uint8Array, numRows: number) => Column[];

function decoder(columns: readonly ParquetColumn[], hint: string | undefined, decode: Decode): ColumnDecoder {
  return {
    columns,
    hint,
    async decode(file, firstRow, numRows) {
      try {
        return await withParquet((parquet) => decode(parquet, file, numRows));
      } catch (error) {
        const rows = `rows ${firstRow + 1} to ${firstRow + numRows}`;
        throw badParquet(`${rows} cannot be decoded: ${(error as Error).message}`);
      }
    },
  };
}

function doubleDecoder(): Decode {
  const values: Float64Array[] = [];
  return (parquet, file, numRows) =>
    takeDoubles(parquet, parquet.readParquet(file, { batchSize: numRows }), numRows, values);
}

function decodeOthers(parquet: Parquet, file: Uint8Array, numRows: number): Column[] {
  const table = arrow().tableFromIPC(parquet.readParquet(file, { batchSize: numRows }).intoIPCStream());
  if (table.numRows !== numRows) throw new RangeError(`${table.numRows} rows, expected ${numRows}`);
  return table.schema.fields.map((_, index) => {
    const vector = table.getChildAt(index);
    if (!vector) throw new RangeError(`column ${index + 1} is missing`);
    return { kind: 'arrow', vector };
  });
}
