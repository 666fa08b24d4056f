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

export interface EncodedRowGroup {
  readonly numRows: number;
  readonly columns: readonly EncodedColumn[];
  /** What the file has to say of its schema besides. */
  readonly keyValues: ReadonlyMap<string, string>;
  /** Gives the memory of what the library encoded back at once; the collector is in no hurry with large buffers. */
  release?(): void;
}
