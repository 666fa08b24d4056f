/**
 * Tables: Parquet, Arrow and CSV on one side, columns on the other. Everything is lazy and streams; a batch is one row
 * group or a part of one.
 */
export { tableFromArrow, toArrow } from './arrow-table.ts';
export type { ColumnData } from './column.ts';
export { writeCsv, writeCsvFile, type ByteSink } from './csv-write.ts';
export { fileIdentity, openFileSource } from './file-source.ts';
export { columnRange, type ColumnRange } from './column-range.ts';
export { tableFromColumns } from './from-columns.ts';
export { checkColumns, checkFinite } from './gate.ts';
export { detectFormat, openPath, openTable, readTable, type ReadTableOptions, type TableFormat } from './open-table.ts';
export { encodeRange, type EncodeRange } from './parquet-groups.ts';
export { writeParquet } from './parquet-write.ts';
export type { WrittenTable } from './written-table.ts';
