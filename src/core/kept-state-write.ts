import { foldLength, STATE_FORMAT, WEIGHTED_FORMAT } from './kept-state.ts';
import type { KeptState } from './kept-state.ts';
import { FACTOR_ROWS } from './r-factor.ts';

/** A state as bytes, read by `readState`. */
export function writeState(state: KeptState): Uint8Array {
  const { features, target, sampleWeight, folds, scale, fitIntercept, alphas, scoring, min, max, states } = state;
  const q = features.length + 1;
  const weighted = sampleWeight !== undefined;
  const length = states.reduce((sum, fold) => sum + foldLength(q, fold, weighted), 0);
  const counts = { chunks: states.map((fold) => fold.chunks), tailRows: states.map((fold) => fold.tailRows) };
  // Keys in one order: the same statistics have the same bytes.
  const how = { folds, scale, fitIntercept, alphas, scoring };
  const what = weighted ? { format: WEIGHTED_FORMAT, target, sampleWeight } : { format: STATE_FORMAT, target };
  const header = { ...what, features, ...how, min, max, ...counts, bytes: length * 8 };
  const head = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
  const bytes = new Uint8Array(head.length + length * 8);
  bytes.set(head);
  const body = new DataView(bytes.buffer, head.length);
  let at = 0;
  const put = (value: number): void => {
    body.setFloat64(at, value, true);
    at += 8;
  };
  for (const { nodes, tailRows: rows, tail } of states) {
    for (const { weight, mean, r } of nodes) {
      if (weighted) put(weight);
      mean.forEach(put);
      for (let i = 0; i < q; i++) for (let j = i; j < q; j++) put(r[i * q + j]!);
    }
    const columns = q + (weighted ? 1 : 0);
    for (let j = 0; j < columns; j++) for (let i = 0; i < rows; i++) put(tail[j * FACTOR_ROWS + i]!);
  }
  return bytes;
}
