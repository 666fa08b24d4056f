import { copy } from '../blas/vector';
import { mergeColumns, mergeMoments, mergePairs, mergeSums } from './merge';

/**
 * Streaming state: statistics of constant chunks of rows, merged along an aligned binary tree.
 *
 * Rows are cut into chunks of CHUNK_ROWS by their index; chunk c is leaf c. Two nodes join only when they are the two halves
 * of an aligned pair (levels equal, left index even), so every inner node is made of the same leaves in the same order,
 * whoever computes it: in one call or many, by one thread or several. A left fold does not have that property.
 *
 *     header, i32[8]: kind, used, capacity, node length, width, next chunk, rows of the ragged chunk, 0
 *     node, repeated: i32 level, i32 index, f64[node length]
 *
 * The first `used` nodes are all there is to save or send: at most one per level, plus one per level on the left when the
 * state starts in the middle of the rows.
 */
export const CHUNK_ROWS: i32 = 1024;

export namespace Kind {
  /** Column statistics: count[p], mean[p], m2[p]. */
  export const COLUMNS: i32 = 0;
  /** Augmented moments: weight, mean[q], m[q,q] (upper triangle), rows of weight > 0. */
  export const MOMENTS: i32 = 1;
  /** Plain sums. */
  export const SUMS: i32 = 2;
  /** Sums in double-double: high and low by turns. */
  export const PAIRS: i32 = 3;
}

export const HEADER_BYTES: usize = 32;

export function nodeLength(kind: i32, width: i32): i32 {
  if (kind == Kind.COLUMNS) return 3 * width;
  if (kind == Kind.MOMENTS) return 2 + width + width * width;
  return kind == Kind.PAIRS ? 2 * width : width;
}

export function forestBytes(kind: i32, width: i32, capacity: i32): usize {
  return HEADER_BYTES + <usize>capacity * nodeBytes(nodeLength(kind, width));
}

export function initForest(forest: usize, kind: i32, width: i32, capacity: i32, firstChunk: i32): void {
  store<i32>(forest, kind);
  store<i32>(forest, 0, 4);
  store<i32>(forest, capacity, 8);
  store<i32>(forest, nodeLength(kind, width), 12);
  store<i32>(forest, width, 16);
  store<i32>(forest, firstChunk, 20);
  store<i32>(forest, 0, 24);
  store<i32>(forest, 0, 28);
}

/** Where the next chunk's statistics are to be written, or 0: it is full, or what came last was ragged. */
export function nextNode(forest: usize): usize {
  const used = load<i32>(forest, 4);
  return isRagged(forest) || used >= load<i32>(forest, 8) ? 0 : node(forest, used);
}

/** Whether the last chunk was not whole: nothing follows it. */
export function isRagged(forest: usize): bool {
  return load<i32>(forest, 24) != 0;
}

/** Takes in the chunk just written at `nextNode`. */
export function pushChunk(forest: usize, rows: i32): void {
  const index = load<i32>(forest, 20);
  if (rows != CHUNK_ROWS) store<i32>(forest, rows, 24);
  push(forest, 0, index);
}

/**
 * Takes in all nodes of another forest whose rows follow directly.
 * @returns false when they do not follow, or do not fit
 */
export function append(forest: usize, other: usize): bool {
  const used = load<i32>(other, 4);
  for (let i = 0; i < used; i++) {
    const source = node(other, i);
    const level = load<i32>(source - 8);
    const index = load<i32>(source - 4);
    const target = nextNode(forest);
    if (target == 0 || index << level != load<i32>(forest, 20)) return false;
    copy(source, target, load<i32>(forest, 12));
    push(forest, level, index);
  }
  store<i32>(forest, load<i32>(other, 24), 24);
  return true;
}

/** Statistics of all rows so far; the forest is left as it is. @returns false when there are none */
export function fold(forest: usize, out: usize): bool {
  const used = load<i32>(forest, 4);
  if (used == 0) return false;
  copy(node(forest, used - 1), out, load<i32>(forest, 12));
  for (let i = used - 2; i >= 0; i--) merge(forest, node(forest, i), out, out);
  return true;
}

function push(forest: usize, level: i32, index: i32): void {
  let used = load<i32>(forest, 4);
  store<i32>(forest, (index + 1) << level, 20);
  while (used > 0) {
    const left = node(forest, used - 1);
    const leftIndex = load<i32>(left - 4);
    if (load<i32>(left - 8) != level || (leftIndex & 1) != 0) break;
    merge(forest, left, node(forest, used), left);
    level++;
    index = leftIndex >> 1;
    used--;
  }
  const top = node(forest, used);
  store<i32>(top - 8, level);
  store<i32>(top - 4, index);
  store<i32>(forest, used + 1, 4);
}

function merge(forest: usize, a: usize, b: usize, out: usize): void {
  const kind = load<i32>(forest);
  const width = load<i32>(forest, 16);
  if (kind == Kind.COLUMNS) mergeColumns(a, b, width, out);
  else if (kind == Kind.MOMENTS) mergeMoments(a, b, width, out);
  else if (kind == Kind.PAIRS) mergePairs(a, b, width, out);
  else mergeSums(a, b, width, out);
}

// @ts-ignore: decorator
@inline
function node(forest: usize, i: i32): usize {
  return forest + HEADER_BYTES + 8 + <usize>i * nodeBytes(load<i32>(forest, 12));
}

// @ts-ignore: decorator
@inline
function nodeBytes(length: i32): usize {
  return <usize>(length + 1) << 3;
}
