import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ByteSource } from '../../../src/contracts/store.ts';
import { columnsOf } from '../../../src/data/table/batch.ts';
import type { Table } from '../../../src/contracts/table.ts';

/** Bytes in memory as a source that notes what is read. */
export function memorySource(bytes: Uint8Array | string): ByteSource & { readonly reads: [number, number][] } {
  const body = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const reads: [number, number][] = [];
  return {
    reads,
    byteLength: body.length,
    slice: async (start, end = body.length) => {
      reads.push([start, end]);
      return body.slice(start, end);
    },
  };
}

/** A folder that goes when the file's tests are done. */
export async function scratchFolder(): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), 'ridgeline-table-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** Everything of a table, copied: numbers as arrays, text as arrays. */
export async function rowsOf(table: Table, options = {}): Promise<Record<string, unknown[]>> {
  const out: Record<string, unknown[]> = Object.fromEntries(table.columnNames.map((name) => [name, []]));
  for await (const each of table.batches(options)) {
    const batch = columnsOf(each, table.name);
    for (const { name, type } of batch.fields) {
      (out[name] as unknown[]).push(...(type === 'Utf8' ? batch.utf8(name) : batch.float64(name)));
    }
  }
  return out;
}

/** Numbers from a 32-bit linear congruential generator: the same on every machine. */
export function randomNumbers(count: number, seed = 1): Float64Array {
  let state = seed >>> 0;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}
