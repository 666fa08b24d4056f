import { Float64, Table as ArrowTable, tableToIPC, vectorFromArray } from 'apache-arrow';
import { expect, test } from 'vitest';
import { columnsOf } from '../../../src/data/table/batch.ts';
import { readTable } from '../../../src/data/table/index.ts';
import { withParquet, type Parquet } from '../../../src/data/table/parquet-module.ts';
import { decompressSnappy } from '../../../src/data/table/snappy.ts';
import { memorySource, randomNumbers } from './sources.ts';

type Properties = InstanceType<Parquet['WriterPropertiesBuilder']>;

const N = 20_000;
const numbers = randomNumbers(N, 5);
/** No two alike, few and often, some missing, all missing. */
const columns: Readonly<Record<string, readonly (number | null)[]>> = {
  continuous: [...numbers],
  steps: Array.from(numbers, (x) => Math.round(40 * x) / 4),
  holes: Array.from(numbers, (x, i) => (i % 7 === 3 || (i > 5000 && i < 12_000) ? null : x)),
  rounded: Array.from(numbers, (x, i) => (i % 2 ? Math.round(x) : null)),
  nothing: Array.from(numbers, () => null),
};

/** The file that the library, another implementation of the format, makes of these columns. */
async function fileOf(set: (properties: Properties, parquet: Parquet) => Properties): Promise<Uint8Array> {
  const vectors = Object.entries(columns).map(([name, values]) => [name, vectorFromArray(values, new Float64())]);
  const stream = tableToIPC(new ArrowTable(Object.fromEntries(vectors)), 'stream');
  return withParquet((parquet) => {
    const properties = set(new parquet.WriterPropertiesBuilder(), parquet).build();
    return parquet.writeParquet(parquet.Table.fromIPCStream(stream), properties);
  });
}

test.each<[string, (properties: Properties, parquet: Parquet) => Properties]>([
  ['snappy, dictionaries', (of, { Compression }) => of.setCompression(Compression.SNAPPY)],
  ['snappy, plain', (of, { Compression }) => of.setCompression(Compression.SNAPPY).setDictionaryEnabled(false)],
  ['not compressed, plain', (of) => of.setDictionaryEnabled(false)],
  ['not compressed, dictionaries that overflow', (of) => of.setDictionaryPageSizeLimit(10_000)],
  ['zstd', (of, { Compression }) => of.setCompression(Compression.ZSTD)],
  ['gzip, short pages', (of, { Compression }) => of.setCompression(Compression.GZIP).setDataPageSizeLimit(5000)],
  ['brotli', (of, { Compression }) => of.setCompression(Compression.BROTLI)],
  ['lz4, left to the library', (of, { Compression }) => of.setCompression(Compression.LZ4_RAW)],
  [
    'second version of pages',
    (of, { Compression, WriterVersion }) =>
      of.setWriterVersion(WriterVersion.V2).setCompression(Compression.SNAPPY).setDataPageSizeLimit(20_000),
  ],
  [
    'second version, another encoding',
    (of, { Encoding, WriterVersion }) =>
      of.setWriterVersion(WriterVersion.V2).setDictionaryEnabled(false).setEncoding(Encoding.BYTE_STREAM_SPLIT),
  ],
])('doubles are read to the bit, and what is missing is: %s', async (_, set) => {
  const table = await readTable(memorySource(await fileOf(set)), { name: 'x', format: 'parquet' });
  // Whole row groups, and a few pages at a time.
  for (const batchRows of [65_536, 7001]) {
    for (const [name, expected] of Object.entries(columns)) {
      const values = new Float64Array(N);
      for await (const batch of table.batches({ columns: [name], batchRows })) {
        const column = columnsOf(batch, 'x').column(name);
        if (column.kind !== 'float64') throw new Error(`${name} is ${column.kind}`);
        values.set(column.values, batch.rowOffset);
        const missing = Array.from(column.values, (_, i) => (column.valid?.[i] ?? 1) === 0);
        expect(missing).toEqual(Array.from(column.values, (_, i) => expected[batch.rowOffset + i] === null));
      }
      expect(Buffer.from(values.buffer)).toEqual(
        Buffer.from(Float64Array.from(expected, (x) => x ?? Number.NaN).buffer),
      );
    }
  }
});

test('snappy: literals of any length, copies that run into themselves, and blocks that are broken', () => {
  const long = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 251);
  const block = Uint8Array.from(
    [
      [0, 0], // length, see below
      [60 << 2, 0, 9], // literal of 1 byte, its length in one byte
      [(63 << 2) | 0b10, 1, 0], // copy of 64 from 1 back
      [0b0001_1101, 64], // copy of 11 from 64 back
      [61 << 2, 43, 1, ...long], // literal of 300, its length in two bytes
      [(60 << 2) | 0b11, 44, 1, 0, 0], // copy of 61 from 300 back
    ].flat(),
  );
  const target = new Uint8Array(1 + 64 + 11 + 300 + 61);
  block.set([0b1000_0000 | (target.length & 127), target.length >> 7]);
  expect(decompressSnappy(block, target)).toBe(true);
  expect([...target]).toEqual([...Array<number>(76).fill(9), ...long, ...long.subarray(0, 61)]);
  expect(decompressSnappy(block, new Uint8Array(target.length - 1))).toBe(false);
  for (let size = 0; size < block.length; size++) {
    expect(decompressSnappy(block.subarray(0, size), target)).toBe(false);
  }
});
