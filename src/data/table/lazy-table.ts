import { RidgelineError } from '../../contracts/errors.ts';
import { threadServices } from '../../contracts/ports.ts';
import type { TransformerState } from '../../contracts/model.ts';
import {
  isNumeric,
  placeRow,
  TABLE_BRAND,
  type Batch,
  type Field,
  type ReadOptions,
  type RowFilter,
  type SourceInfo,
  type Table,
  type TableRef,
  type TableStep,
} from '../../contracts/table.ts';
import { columnsOf, type ColumnBatch } from './batch.ts';
import { columnOnThreads } from './column-range.ts';
import { notNumeric, unknownColumn } from './table-errors.ts';

/** Rows per batch unless the reader asks otherwise: 512 KiB a column, a multiple of the core's chunk. */
export const BATCH_ROWS = 65_536;
/** Text of a batch, in bytes for each row that it may have: about where it ends with fewer rows. */
export const TEXT_BYTES = 128;

/** What a source is asked for: columns that exist, rows as a non-empty range within the table where its length is known. */
export interface BatchRequest {
  readonly columns: readonly string[];
  readonly start: number;
  /** Infinity while the number of rows is unknown. */
  readonly end: number;
  readonly batchRows: number;
}

/** A table's parts. `read` may give rows outside the range and longer batches: they are cut to what was asked. */
export interface TableParts {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly numRows: number | undefined;
  readonly chain?: readonly TransformerState[] | undefined;
  readonly source?: SourceInfo | undefined;
  readonly ref?: TableRef | undefined;
  readonly memory?: Table['memory'];
  readonly origin?: { readonly table: Table; readonly step: TableStep } | undefined;
  readonly locate?: Table['locate'];
  readonly read: (request: BatchRequest) => AsyncIterable<ColumnBatch> | Iterable<ColumnBatch>;
}

/** The one implementation of `Table`: parts, and a way to read them. */
export class LazyTable implements Table {
  readonly [TABLE_BRAND] = true;
  readonly #parts: TableParts;

  constructor(parts: TableParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }
  get fields(): readonly Field[] {
    return this.#parts.fields;
  }
  get columnNames(): readonly string[] {
    return this.fields.map((field) => field.name);
  }
  get numRows(): number | undefined {
    return this.#parts.numRows;
  }
  get chain(): readonly TransformerState[] {
    return this.#parts.chain ?? [];
  }
  get source(): SourceInfo | undefined {
    return this.#parts.source;
  }
  get ref(): TableRef | undefined {
    return this.#parts.ref;
  }
  get memory(): Table['memory'] {
    return this.#parts.memory;
  }
  get origin(): { readonly table: Table; readonly step: TableStep } | undefined {
    return this.#parts.origin;
  }

  get locate(): Table['locate'] {
    return this.#parts.locate;
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<ColumnBatch> {
    const columns = options.columns ?? this.columnNames;
    for (const column of columns) this.#field(column);
    const [first, last] = options.rows ?? [0, Infinity];
    const start = Math.max(0, first);
    const end = Math.min(last, this.numRows ?? Infinity);
    if (start >= end) return;
    const batchRows = options.batchRows ?? threadServices().batchRows ?? BATCH_ROWS;
    for await (const batch of this.#parts.read({ columns, start, end, batchRows })) {
      const stop = Math.min(batch.numRows, end - batch.rowOffset);
      for (let from = Math.max(0, start - batch.rowOffset); from < stop; from += batchRows) {
        yield batch.slice(from, Math.min(from + batchRows, stop));
      }
      if (batch.rowOffset + batch.numRows >= end) return;
    }
  }

  async column(name: string): Promise<Float64Array> {
    const field = this.#field(name);
    if (!isNumeric(field)) throw notNumeric(this.name, field);
    const spread = await columnOnThreads(this, name);
    if (spread !== undefined) return spread;
    let values = new Float64Array(this.numRows ?? BATCH_ROWS);
    let rows = 0;
    for await (const batch of this.batches({ columns: [name] })) {
      if (rows + batch.numRows > values.length) {
        const larger = new Float64Array(Math.max(2 * values.length, rows + batch.numRows));
        larger.set(values.subarray(0, rows));
        values = larger;
      }
      values.set(batch.float64(name), rows);
      rows += batch.numRows;
    }
    return rows === values.length ? values : values.slice(0, rows);
  }

  select(names: readonly string[]): Table {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      throw new RidgelineError('DUPLICATE_COLUMN', 'content', `${this.name}: column "${twice}" is selected twice`, {
        remedy: 'name each column once',
        position: { file: this.name, column: twice },
      });
    }
    const fields = names.map((name) => this.#field(name));
    const read = (request: BatchRequest) => this.#readBeneath(request, request.columns);
    return new LazyTable({ ...this.#parts, fields, ref: undefined, origin: undefined, read });
  }

  derive(step: TableStep): Table {
    for (const name of step.requires) this.#field(name);
    const names = new Set(this.columnNames);
    const table = this.name;
    const apply = async (batch: ColumnBatch): Promise<ColumnBatch> => {
      try {
        return columnsOf(step.apply(batch), table);
      } catch (error) {
        throw await placeRow(error, this);
      }
    };
    const readBeneath = this.#readBeneath.bind(this);
    async function* read(request: BatchRequest): AsyncGenerator<ColumnBatch> {
      const beneath = new Set([...request.columns.filter((name) => names.has(name)), ...step.requires]);
      for await (const batch of readBeneath(request, [...beneath])) yield (await apply(batch)).select(request.columns);
    }
    return new LazyTable({
      ...this.#parts,
      fields: step.fields,
      chain: step.chain ?? this.chain,
      ref: undefined,
      memory: undefined,
      origin: { table: this, step },
      read,
    });
  }

  filter({ requires, keep, name }: RowFilter): Table {
    for (const column of requires) this.#field(column);
    const readBeneath = this.#readBeneath.bind(this);
    async function* read(request: BatchRequest): AsyncGenerator<ColumnBatch> {
      const beneath = new Set([...request.columns, ...requires]);
      let rows = 0;
      for await (const batch of readBeneath({ ...request, start: 0, end: Infinity }, [...beneath])) {
        const kept = batch.select(request.columns).keep(keep(batch), rows);
        rows += kept.numRows;
        if (kept.numRows > 0) yield kept;
      }
    }
    const locate = async (row: number): Promise<{ name: string; row: number }> => {
      let left = row;
      for await (const batch of this.batches({ columns: requires })) {
        const kept = keep(batch);
        for (let i = 0; i < batch.numRows; i++) {
          if (kept[i] !== 1 || --left > 0) continue;
          const found = batch.rowOffset + i + 1;
          return (await this.locate?.(found)) ?? { name: this.name, row: found };
        }
      }
      return { name, row };
    };
    const none = { numRows: undefined, ref: undefined, memory: undefined, origin: undefined };
    return new LazyTable({ ...this.#parts, ...none, name, locate, read });
  }

  dropMissing(columns: readonly string[] = this.columnNames): Table {
    const text = columns.filter((name) => this.#field(name).type === 'Utf8');
    const numbers = columns.filter((name) => isNumeric(this.#field(name)));
    const keep = (batch: Batch): Uint8Array => {
      const kept = new Uint8Array(batch.numRows).fill(1);
      for (const name of text) batch.utf8(name).forEach((value, row) => value === null && (kept[row] = 0));
      for (const name of numbers) batch.float64(name).forEach((value, row) => Number.isNaN(value) && (kept[row] = 0));
      return kept;
    };
    return this.filter({ requires: [...text, ...numbers], keep, name: `${this.name} without missing rows` });
  }

  withSource(source: SourceInfo): Table {
    return new LazyTable({ ...this.#parts, source });
  }

  #readBeneath({ start, end, batchRows }: BatchRequest, columns: readonly string[]): AsyncIterable<ColumnBatch> {
    return this.batches({ columns, rows: [start, end], batchRows });
  }

  #field(name: string): Field {
    const field = this.fields.find((each) => each.name === name);
    if (!field) throw unknownColumn(this.name, name, this.fields);
    return field;
  }
}
