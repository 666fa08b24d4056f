import { RidgelineError } from '../contracts/errors.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';
import { FACTOR_ROWS, RFactors } from './r-factor.ts';
import type { RFactor } from './r-factor.ts';
import { checkColumns } from './ridge-checks.ts';
import type { RidgeOptions } from './ridge-fit.ts';
import { BAD_WEIGHT, NON_FINITE, statusError } from './status.ts';

/** Which fold a row belongs to, by its index from 0. */
export type FoldOf = (row: number) => number;

export interface FoldOptions extends Pick<
  RidgeOptions,
  'p' | 'targets' | 'features' | 'target' | 'weighted' | 'weights'
> {
  readonly folds: number;
  readonly foldOf: FoldOf;
  /** Rows that messages do not count: those of a state that was kept before. */
  readonly origin?: number;
  /** Of a range of rows: index of the first, and how many rows before it each fold has. */
  readonly firstRow?: number;
  readonly before?: readonly number[];
}

/** What was seen of one fold in a range of rows: plain data, to be sent and appended. */
export interface FoldPart {
  /** Rows before the first whole chunk, and behind the last: f64[rows] per column. */
  readonly head: readonly Float64Array[];
  readonly tail: readonly Float64Array[];
  /** Statistics of the chunks between them, joined where they are halves of an aligned pair. */
  readonly nodes: readonly RFactor[];
}

/** What was seen of one fold. */
export interface FoldState {
  /** Finished chunks of `FACTOR_ROWS` rows. */
  readonly chunks: number;
  /** Their statistics along the aligned tree, one for each bit set in `chunks`, the largest first. */
  readonly nodes: readonly RFactor[];
  /** Rows of the unfinished chunk. */
  readonly tailRows: number;
  /** f64[q, FACTOR_ROWS], column after column. */
  readonly tail: Float64Array;
}

/**
 * Statistics of the rows of every fold, in one read and in memory that does not grow with them. Chunks are constant and
 * merged along an aligned tree, so the same rows in the same order have the same bits however they were cut, also when a
 * saved state was taken up in between.
 */
export class FoldFit {
  readonly #factors: RFactors;
  readonly #options: FoldOptions;
  readonly #folds: Fold[];
  #rows = 0;
  /** Row of the fit that messages count from. */
  #origin: number;

  constructor(kernels: Kernels, arena: Arena, options: FoldOptions) {
    const { p, targets = 1, folds, weighted = false, firstRow = 0, before, origin = 0 } = options;
    checkColumns(p, targets);
    checkFolds(folds);
    this.#factors = new RFactors(kernels, arena, p + targets);
    this.#options = options;
    this.#rows = firstRow;
    this.#origin = origin;
    this.#folds = Array.from({ length: folds }, (_, k) => new Fold(this.#factors, weighted, before?.[k]));
  }

  /** Rows seen. */
  get rows(): number {
    return this.#rows;
  }

  /**
   * Takes the next rows: columns, targets and the weights of a weighted fit.
   *
   * @throws {RidgelineError} NON_FINITE and BAD_WEIGHT with row and column: then none of them was taken; BAD_SHAPE
   */
  push(columns: readonly ArrayLike<number>[]): void {
    const n = columns[0]?.length ?? 0;
    this.#check(columns, n);
    const { foldOf } = this.#options;
    for (let i = 0; i < n; i++) this.#folds[foldOf(this.#rows++)]!.push(columns, i);
  }

  /** Takes in a range done elsewhere: a part of each fold; ranges in row order. @param rows how many they were */
  append(parts: readonly FoldPart[], rows: number): void {
    parts.forEach((part, k) => this.#folds[k]!.append(part));
    this.#rows += rows;
  }

  /** Of a range of rows: what to append elsewhere. */
  parts(): FoldPart[] {
    return this.#folds.map((fold) => fold.part());
  }

  /** Statistics of each fold; more rows may follow. @throws {RidgelineError} TOO_FEW_ROWS */
  finish(): RFactor[] {
    return this.#folds.map((fold) => {
      const factor = fold.all();
      if (factor !== undefined) return factor;
      throw new RidgelineError(
        'TOO_FEW_ROWS',
        'content',
        `fit: expected at least as many rows as folds (${this.#folds.length}), got ${this.#rows}`,
        { remedy: 'take fewer folds' },
      );
    });
  }

  save(): FoldState[] {
    return this.#folds.map((fold) => fold.save());
  }

  /** Goes on where `save` was called. */
  resume(states: readonly FoldState[]): void {
    states.forEach((state, k) => this.#folds[k]!.resume(state));
    this.#rows = states.reduce((sum, { chunks, tailRows }) => sum + chunks * FACTOR_ROWS + tailRows, 0);
    this.beginTable();
  }

  /** Messages count rows anew from here. */
  beginTable(): void {
    this.#origin = this.#rows;
  }

  #check(columns: readonly ArrayLike<number>[], n: number): void {
    const { p, features, target, weighted = false, weights } = this.#options;
    const y = this.#factors.q;
    const q = y + (weighted ? 1 : 0);
    if (columns.length !== q || columns.some((column) => column.length !== n)) {
      const lengths = [...new Set(columns.map((column) => column.length))].join(', ');
      const got = `got ${columns.length} of length ${lengths}`;
      throw new RidgelineError('BAD_SHAPE', 'usage', `fit: expected ${q} columns of one length, ${got}`);
    }
    for (let j = 0; j < q; j++) {
      const column = columns[j]!;
      for (let row = 0; row < n; row++) {
        const value = column[row]!;
        if (value - value === 0 && (j < y || value >= 0)) continue;
        const [operand, index] = j < p ? [0, j] : j < y ? [1, j - p] : [2, 0];
        const names = typeof target === 'string' ? [target] : target;
        const at = {
          subject: 'fit',
          features,
          target: names,
          weights,
          rowOffset: this.#rows - this.#origin,
          row,
          column: index,
          operand,
          value,
        };
        throw statusError(value - value === 0 ? BAD_WEIGHT : NON_FINITE, at);
      }
    }
  }
}

/** One fold: finished chunks as a tree, the rows of the next as they are. */
class Fold {
  readonly #factors: RFactors;
  readonly #weighted: boolean;
  readonly #tail: Float64Array;
  readonly #head: Float64Array;
  /** Rows until the first chunk that lies in the range whole. */
  readonly #headRows: number;
  #headSeen = 0;
  #nodes: RFactor[] = [];
  #chunks: number;
  #tailRows = 0;

  /** @param before rows of the fold that come before */
  constructor(factors: RFactors, weighted: boolean, before = 0) {
    this.#factors = factors;
    this.#weighted = weighted;
    this.#tail = new Float64Array((factors.q + (weighted ? 1 : 0)) * FACTOR_ROWS);
    this.#chunks = Math.ceil(before / FACTOR_ROWS);
    this.#headRows = this.#chunks * FACTOR_ROWS - before;
    this.#head = new Float64Array(this.#headRows > 0 ? this.#tail.length : 0);
  }

  push(columns: readonly ArrayLike<number>[], row: number): void {
    const isHead = this.#headSeen < this.#headRows;
    const to = isHead ? this.#head : this.#tail;
    let at = isHead ? this.#headSeen++ : this.#tailRows++;
    for (let j = 0; j < columns.length; j++, at += FACTOR_ROWS) to[at] = columns[j]![row]!;
    if (this.#tailRows < FACTOR_ROWS) return;
    this.#tailRows = 0;
    this.#add(this.#factors.ofRows(this.#tail, FACTOR_ROWS, FACTOR_ROWS, this.#weighted));
  }

  append({ head, nodes, tail }: FoldPart): void {
    for (let i = 0; i < head[0]!.length; i++) this.push(head, i);
    for (const node of nodes) this.#add(node);
    for (let i = 0; i < tail[0]!.length; i++) this.push(tail, i);
  }

  part(): FoldPart {
    const columns = (block: Float64Array, rows: number): Float64Array[] =>
      Array.from({ length: this.#tail.length / FACTOR_ROWS }, (_, j) =>
        block.slice(j * FACTOR_ROWS, j * FACTOR_ROWS + rows),
      );
    const [head, tail] = [columns(this.#head, this.#headSeen), columns(this.#tail, this.#tailRows)];
    return { head, nodes: this.#nodes, tail };
  }

  /** Takes in the next chunks. Two nodes join when they are the halves of an aligned pair: of one size, ending at twice it. */
  #add(next: RFactor): void {
    let node = next;
    this.#chunks += node.rows / FACTOR_ROWS;
    while (this.#nodes.at(-1)?.rows === node.rows && (this.#chunks * FACTOR_ROWS) % (2 * node.rows) === 0) {
      node = this.#factors.merge(this.#nodes.pop()!, node);
    }
    this.#nodes.push(node);
  }

  all(): RFactor | undefined {
    const rest = this.#tailRows;
    const last = rest > 0 ? [this.#factors.ofRows(this.#tail, FACTOR_ROWS, rest, this.#weighted)] : [];
    const runs = [...this.#nodes, ...last];
    return runs.length === 0 ? undefined : this.#factors.mergeAll(runs);
  }

  save(): FoldState {
    return { chunks: this.#chunks, nodes: [...this.#nodes], tailRows: this.#tailRows, tail: this.#tail.slice() };
  }

  resume({ chunks, nodes, tailRows, tail }: FoldState): void {
    this.#chunks = chunks;
    this.#nodes = [...nodes];
    this.#tailRows = tailRows;
    this.#tail.set(tail);
  }
}

/** Rows of each fold of `foldsInOrder` before a row. */
export function rowsBefore(n: number, k: number, row: number): number[] {
  const ends = Array.from({ length: k + 1 }, (_, fold) => Math.floor(n / k) * fold + Math.min(fold, n % k));
  return Array.from({ length: k }, (_, fold) => Math.max(0, Math.min(row, ends[fold + 1]!) - ends[fold]!));
}

/** scikit-learn's unshuffled KFold: consecutive rows, the first n mod k folds one row longer. */
export function foldsInOrder(n: number, k: number): FoldOf {
  const size = Math.floor(n / k);
  const longer = n % k;
  const split = longer * (size + 1);
  return (row) => (row < split ? Math.floor(row / (size + 1)) : longer + Math.floor((row - split) / size));
}

/**
 * Folds that do not depend on how many rows will come: of every k consecutive rows each fold gets one, in an order drawn from
 * a hash of their index. So folds differ by one row at most, and order or period of the rows puts nothing into one fold.
 *
 * Source: Fisher & Yates shuffle; the hash is the finalizer of Appleby, MurmurHash3.
 */
export function foldsByHash(k: number): FoldOf {
  const order = new Uint32Array(k);
  let dealt = -1;
  return (row) => {
    const hand = Math.floor(row / k);
    if (hand !== dealt) {
      dealt = hand;
      for (let i = 0; i < k; i++) {
        const j = Math.floor((hash(hand * k + i) / 2 ** 32) * (i + 1));
        order[i] = order[j]!;
        order[j] = i;
      }
    }
    return order[row - hand * k]!;
  };
}

/** Rows of each fold of `foldsByHash` before a row. */
export function rowsBeforeByHash(k: number, row: number): number[] {
  const hands = Math.floor(row / k);
  const before = Array.from({ length: k }, () => hands);
  const foldOf = foldsByHash(k);
  for (let i = hands * k; i < row; i++) before[foldOf(i)]! += 1;
  return before;
}

/** 32 bits of a whole number up to 2^53. */
function hash(value: number): number {
  let h = (value ^ Math.imul(Math.floor(value / 2 ** 32), 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Checks an estimator's `cv` and what goes with it.
 *
 * @throws {RidgelineError} BAD_FOLDS
 */
export function checkCv(options: {
  readonly cv?: number;
  readonly storeCvResults?: boolean;
  readonly intervals?: boolean;
  readonly alphaPerTarget?: boolean;
}): void {
  if (options.cv === undefined) return;
  checkFolds(options.cv);
  const other = (['storeCvResults', 'intervals', 'alphaPerTarget'] as const).find((name) => options[name] === true);
  if (other === undefined) return;
  throw new RidgelineError('BAD_FOLDS', 'usage', `RidgeCV: expected cv or ${other}, got both`, {
    remedy: `${other} goes with leave-one-out, the default without cv`,
  });
}

/** @throws {RidgelineError} BAD_FOLDS */
export function checkFolds(folds: number): void {
  if (Number.isInteger(folds) && folds >= 2 && folds <= MAX_FOLDS) return;
  throw new RidgelineError('BAD_FOLDS', 'usage', `fit: expected from 2 to ${MAX_FOLDS} folds, got ${folds}`, {
    remedy: 'leave-one-out, the default, is exact at the price of one fold',
  });
}

const MAX_FOLDS = 1000;

/** Takes the smallest and largest value of column j in. */
export function widen(min: number[], max: number[], j: number, values: ArrayLike<number>): void {
  let low = min[j]!;
  let high = max[j]!;
  // Faster than comparisons: nothing to predict.
  for (let i = 0; i < values.length; i += 1) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  min[j] = low;
  max[j] = high;
}
