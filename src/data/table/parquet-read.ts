import { RidgelineError } from '../../contracts/errors.ts';
import type { TransformerState } from '../../contracts/model.ts';
import type { ByteSource } from '../../contracts/store.ts';
import type { Field, SourceInfo, Table, TableRef } from '../../contracts/table.ts';
import { LazyTable } from './lazy-table.ts';
import { readFooter } from './parquet-footer.ts';
import { CHAIN_KEY, pandasIndex, parseMetadata, SOURCE_KEY } from './parquet-metadata.ts';
import { RowGroupReader } from './parquet-row-groups.ts';
import { readSchema } from './parquet-schema.ts';

/**
 * Opens a Parquet file by its footer; rows are read later, one row group at a time, only the columns asked for.
 *
 * @throws {RidgelineError} BAD_PARQUET (content) saying what is wrong; DUPLICATE_COLUMN; what the source throws.
 */
export async function readParquet(
  source: ByteSource,
  { name, ref, place }: { name: string; ref?: TableRef | undefined; place?: Place | undefined },
): Promise<Table> {
  return naming(name, async () => {
    const footer = await readFooter(source);
    const names = footer.columns.map((column) => column.name);
    const twice = names.find((column, index) => names.indexOf(column) !== index);
    if (twice !== undefined) throw duplicateColumn(name, twice);
    const schema = await readSchema(footer);
    const index = pandasIndex(footer);
    const fields = schema.fields.map((field): Field =>
      index.includes(field.name) ? { ...field, isIndex: true } : field,
    );
    const reader = new RowGroupReader(name, { source, footer, schema });
    return new LazyTable({
      name,
      fields,
      numRows: footer.numRows,
      chain: parseMetadata<TransformerState[]>(footer, CHAIN_KEY),
      source: parseMetadata<SourceInfo>(footer, SOURCE_KEY),
      ref: ref ?? (place && refOf(place, source, footer.numRows, fields)),
      read: (request) => namingAll(name, reader.read(request)),
    });
  });
}

/** Where a file is that is not ours: enough for another thread to open it. */
export type Place = Pick<TableRef, 'location' | 'key'>;

function refOf(place: Place, source: ByteSource, numRows: number, fields: readonly Field[]): TableRef {
  return { ...place, format: 'parquet', sizeBytes: source.byteLength, sha256: '', numRows, fields };
}

/** Puts the table's name before what the footer and the decoder have to say. */
async function naming<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withName(name, error);
  }
}

async function* namingAll<T>(name: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw withName(name, error);
  }
}

function withName(name: string, error: unknown): unknown {
  if (!RidgelineError.is(error) || error.code !== 'BAD_PARQUET' || error.position) return error;
  return new RidgelineError(error.code, error.kind, `${name}: damaged Parquet file: ${error.message}`, {
    remedy: error.remedy,
    position: { file: name },
    cause: error,
  });
}

function duplicateColumn(file: string, column: string): RidgelineError {
  return new RidgelineError('DUPLICATE_COLUMN', 'content', `${file}: column "${column}" is there twice`, {
    remedy: 'rename one of the two where the file is made',
    position: { file, column },
  });
}
