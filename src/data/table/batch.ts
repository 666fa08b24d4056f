import { RidgelineError } from '../../contracts/errors.ts';
import type { Batch, Field } from '../../contracts/table.ts';
import { textOfVector, vectorToFloat64 } from './arrow-values.ts';
import { columnLength, fieldOf, keepRows, sliceColumn, toColumn, type Column } from './column.ts';
import { notNumeric, notText, unknownColumn } from './table-errors.ts';

/**
 * Some consecutive rows of a table. Immutable: `assign` and `select` give new batches over the same columns.
 *
 * @throws {RidgelineError} as the `Batch` contract says, naming the table.
 */
export class ColumnBatch implements Batch {
  readonly rowOffset: number;
  readonly numRows: number;
  readonly fields: readonly Field[];
  readonly #table: string;
  readonly #columns: ReadonlyMap<string, Column>;

  constructor(
    table: string,
    rowOffset: number,
    numRows: number,
    fields: readonly Field[],
    columns: ReadonlyMap<string, Column>,
  ) {
    this.#table = table;
    this.rowOffset = rowOffset;
    this.numRows = numRows;
    this.fields = fields;
    this.#columns = columns;
  }

  float64(name: string): Float64Array {
    const column = this.column(name);
    if (column.kind === 'float64') return column.values;
    const field = this.field(name);
    if (column.kind === 'text') throw notNumeric(this.#table, field, this.rowOffset, column.values.strings());
    return vectorToFloat64(column.vector, field, this.#table, this.rowOffset);
  }

  utf8(name: string): readonly (string | null)[] {
    const column = this.column(name);
    if (column.kind === 'text') return column.values.strings();
    const text = column.kind === 'arrow' ? textOfVector(column.vector) : undefined;
    if (text === undefined) throw notText(this.#table, this.field(name));
    return text;
  }

  assign(columns: Readonly<Record<string, Float64Array | readonly (string | null)[]>>): ColumnBatch {
    const fields = [...this.fields];
    const merged = new Map(this.#columns);
    for (const [name, data] of Object.entries(columns)) {
      if (data.length !== this.numRows) {
        throw new RidgelineError(
          'COLUMN_LENGTH',
          'run',
          `${this.#table}: column "${name}" must have ${this.numRows} rows, got ${data.length}`,
        );
      }
      const at = fields.findIndex((field) => field.name === name);
      fields[at < 0 ? fields.length : at] = fieldOf(name, data);
      merged.set(name, toColumn(data));
    }
    return new ColumnBatch(this.#table, this.rowOffset, this.numRows, fields, merged);
  }

  select(names: readonly string[]): ColumnBatch {
    const fields = names.map((name) => this.field(name));
    const columns = new Map(names.map((name) => [name, this.column(name)]));
    return new ColumnBatch(this.#table, this.rowOffset, this.numRows, fields, columns);
  }

  /** Rows `[start, end)` of this batch, counted from its own first row. */
  slice(start: number, end: number): ColumnBatch {
    if (start === 0 && end === this.numRows) return this;
    const columns = new Map([...this.#columns].map(([name, column]) => [name, sliceColumn(column, start, end)]));
    return new ColumnBatch(this.#table, this.rowOffset + start, end - start, this.fields, columns);
  }

  /** The rows with a 1 in `kept`, as rows from `rowOffset` on of another table. */
  keep(kept: Uint8Array, rowOffset: number): ColumnBatch {
    const rows = kept.reduce((sum, flag) => sum + flag, 0);
    const whole = rows === this.numRows;
    const keep = (column: Column): Column => (whole ? column : keepRows(column, kept, rows));
    const columns = new Map([...this.#columns].map(([name, column]) => [name, keep(column)]));
    return new ColumnBatch(this.#table, rowOffset, rows, this.fields, columns);
  }

  /** A column as it is carried, for writers. */
  column(name: string): Column {
    const column = this.#columns.get(name);
    if (!column) throw unknownColumn(this.#table, name, this.fields);
    return column;
  }

  field(name: string): Field {
    const field = this.fields.find((each) => each.name === name);
    if (!field) throw unknownColumn(this.#table, name, this.fields);
    return field;
  }
}

/** A batch of ours, from whatever a `TableStep` of another copy of the package returned. */
export function columnsOf(batch: Batch, table: string): ColumnBatch {
  if (batch instanceof ColumnBatch) return batch;
  const columns = new Map<string, Column>();
  for (const { name, type } of batch.fields) {
    const carried = (batch as Partial<Pick<ColumnBatch, 'column'>>).column?.(name);
    columns.set(name, carried ?? toColumn(type === 'Utf8' ? batch.utf8(name) : batch.float64(name)));
  }
  for (const column of columns.values()) {
    if (columnLength(column) !== batch.numRows) throw new TypeError(`${table}: a batch's columns differ in length`);
  }
  return new ColumnBatch(table, batch.rowOffset, batch.numRows, batch.fields, columns);
}
