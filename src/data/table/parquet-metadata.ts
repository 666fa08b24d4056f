import type { Table } from '../../contracts/table.ts';
import { badParquet, type ParquetFooter } from './parquet-footer.ts';

/** Keys of what a table remembers, in a file's key-value metadata; the values are JSON. */
export const CHAIN_KEY = 'ridgeline.chain';
export const SOURCE_KEY = 'ridgeline.source';

/** What a table remembers besides its rows: the fitted transformers it came through (R19), and its source. */
export function metadataOf(table: Table): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  if (table.chain.length > 0) pairs.set(CHAIN_KEY, JSON.stringify(table.chain));
  if (table.source) pairs.set(SOURCE_KEY, JSON.stringify(table.source));
  return pairs;
}

/** Trusts the shape of what we wrote ourselves. @throws {RidgelineError} BAD_PARQUET when it is no JSON. */
export function parseMetadata<T>(footer: ParquetFooter, key: string): T | undefined {
  const text = footer.keyValues.get(key);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw badParquet(`its metadata "${key}" is no JSON`);
  }
}

/**
 * The columns in which pandas keeps a data frame's index that has no name: `__index_level_0__`. An index with a name may
 * well be data.
 */
export function pandasIndex({ keyValues }: ParquetFooter): readonly unknown[] {
  try {
    const { index_columns: columns } = JSON.parse(keyValues.get('pandas') ?? '{}') as { index_columns?: unknown };
    return Array.isArray(columns) ? columns.filter((name) => /^__index_level_\d+__$/.test(String(name))) : [];
  } catch {
    return []; // not ours to complain about
  }
}
