import { RidgelineError } from '../contracts/errors.ts';
import type { Batch, Table } from '../contracts/table.ts';

export interface SplitOptions {
  /** Share of the rows that are held out, above 0 and below 1. Default 0.25. */
  readonly testSize?: number;
  /** Another seed is another split. Default 0. */
  readonly seed?: number;
  /** Column that identifies a row: with it a row keeps its side wherever it stands. Default the row's number. */
  readonly by?: string;
}

/**
 * Rows to train on and rows held out; both lazy. Each row's side is drawn from its identity and the seed alone, so a row
 * keeps its side when rows are added (with `by`, also when they are sorted), and rows with one identity stay together.
 * The share is met on average: n rows give n * testSize, give or take sqrt(n * testSize * (1 - testSize)).
 *
 * @throws {RidgelineError} BAD_SPLIT, UNKNOWN_COLUMN
 * @example
 * const { train, test } = trainTestSplit(possums, { testSize: 0.2, by: 'case' });
 */
export function trainTestSplit(table: Table, options: SplitOptions = {}): { train: Table; test: Table } {
  const { testSize = 0.25, seed = 0, by } = options;
  if (!(testSize > 0 && testSize < 1)) {
    throw new RidgelineError('BAD_SPLIT', 'usage', `split: the test size must lie between 0 and 1, got ${testSize}`);
  }
  const bound = testSize * 2 ** 32;
  const side =
    (isTest: 0 | 1) =>
    (batch: Batch): Uint8Array => {
      const identities = by === undefined ? undefined : identitiesOf(batch, table, by);
      return Uint8Array.from({ length: batch.numRows }, (_, row) => {
        const identity = identities?.[row] ?? (by === undefined ? batch.rowOffset + row : 'missing');
        return hash(String(identity), seed) < bound ? isTest : 1 - isTest;
      });
    };
  const requires = by === undefined ? table.columnNames.slice(0, 1) : [by];
  return {
    train: table.filter({ requires, keep: side(0), name: `${table.name} (rows to train on)` }),
    test: table.filter({ requires, keep: side(1), name: `${table.name} (rows held out)` }),
  };
}

function identitiesOf(batch: Batch, table: Table, by: string): ArrayLike<string | number | null> {
  const isText = table.fields.some(({ name, type }) => name === by && /Utf8/.test(type));
  return isText ? batch.utf8(by) : batch.float64(by);
}

/**
 * A 32-bit hash of a text: the same everywhere, and even in its high bits also for texts that count up.
 *
 * Source: Appleby, MurmurHash3 (x86, 32 bit), a block per UTF-16 code unit.
 */
function hash(text: string, seed: number): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i += 1) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = Math.imul(h, 5) + 0xe6546b64;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
