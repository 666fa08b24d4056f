import type { ThriftStruct, ThriftValue } from './thrift.ts';

/** A column chunk as it goes into a file: bytes in order, and its `ColumnChunk` as if the first of them were at `start`. */
export interface EncodedChunk {
  readonly bytes: readonly Uint8Array[];
  readonly struct: ThriftStruct;
  readonly start: number;
}

/** One column of a row group: its elements of the schema, and its chunks, one unless it is nested. */
export interface EncodedColumn {
  readonly elements: readonly ThriftValue[];
  readonly chunks: readonly EncodedChunk[];
}

/**
 * A row group as it goes into a file, in few and plain objects: 1e8 rows have 1,500 of them, and what is left of each for
 * the collector is memory that grows with the rows.
 */
export interface EncodedRowGroup {
  readonly numRows: number;
  readonly chunks: readonly EncodedBytes[];
  /** Its `RowGroup` without the offsets in the file. */
  readonly metadata: Uint8Array;
  readonly offsets: readonly ChunkOffset[];
  /** Of the first row group of a table: what the file has to say of its columns. */
  readonly schema?: EncodedSchema | undefined;
  /** Gives the memory of what the library encoded back at once; the collector is in no hurry with large buffers. */
  release?(): void;
}

/** Bytes of a column chunk, in pieces. After the first `head` of them the file goes on at a multiple of eight. */
export interface EncodedBytes {
  readonly pieces: readonly Uint8Array[];
  readonly head: number;
}

/** An offset to be written at byte `at` of the metadata: that of byte `from` of a chunk. */
export interface ChunkOffset {
  readonly at: number;
  readonly chunk: number;
  readonly from: number;
}

export interface EncodedSchema {
  /** The root's first. */
  readonly elements: readonly ThriftValue[];
  readonly keyValues: ReadonlyMap<string, string>;
}
