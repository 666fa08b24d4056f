import { RidgelineError } from '../contracts/errors.ts';
import { checkFolds } from './fold-fit.ts';
import type { FoldState } from './fold-fit.ts';
import { isJsonObject, JsonFields } from './json-fields.ts';
import { foldLength, levels, STATE_FORMAT, WEIGHTED_FORMAT } from './kept-state.ts';
import type { KeptState } from './kept-state.ts';
import { FACTOR_ROWS } from './r-factor.ts';
import { SCORINGS } from './scoring.ts';

/**
 * Reads what `writeState` wrote; every field is checked.
 *
 * @param name how messages name it
 * @throws {RidgelineError} NOT_A_STATE when it is something else, cut off or damaged; NEWER_STATE for a later format
 */
export function readState(bytes: Uint8Array, name: string): KeptState {
  const wrong = (what: string): RidgelineError =>
    new RidgelineError('NOT_A_STATE', 'content', `${name} is not what fit --keep-state kept: ${what}`, {
      remedy: 'put the file back from where you keep copies, or fit all rows again with --keep-state',
      position: { file: name },
    });
  const end = bytes.indexOf(10);
  const root = new JsonFields(parse(bytes.subarray(0, Math.max(end, 0)), wrong), wrong);
  const format = root.text('format');
  const weighted = format === WEIGHTED_FORMAT;
  if (format !== STATE_FORMAT && !weighted) {
    if (!/^ridgeline\.state\/\d+$/.test(format)) throw wrong(`expected format ${STATE_FORMAT}, got "${format}"`);
    throw new RidgelineError('NEWER_STATE', 'content', `${name}: expected format ${STATE_FORMAT}, got ${format}`, {
      remedy: 'a newer release wrote it: update ridgeline, or fit all rows again with this one',
      position: { file: name },
    });
  }
  const features = root.texts('features');
  const p = features.length;
  const folds = root.count('folds');
  checkFolds(folds);
  const chunks = root.numbers('chunks', folds);
  const tailRows = root.numbers('tailRows', folds);
  const counts = chunks.map((count, k) => ({ chunks: count, tailRows: tailRows[k]! }));
  const bad = [...chunks, ...tailRows].find((count) => !Number.isSafeInteger(count) || count < 0);
  if (bad !== undefined || tailRows.some((count) => count >= FACTOR_ROWS)) throw wrong('its counts of rows');
  const expected = counts.reduce((sum, count) => sum + foldLength(p + 1, count, weighted) * 8, 0);
  const got = bytes.length - end - 1;
  if (root.number('bytes') !== expected || got !== expected) {
    throw wrong(`expected ${expected} bytes of statistics, got ${got}${got < expected ? ': it is cut off' : ''}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + end + 1);
  const body = Float64Array.from({ length: expected / 8 }, (_, i) => view.getFloat64(i * 8, true));
  if (body.some((value) => !Number.isFinite(value))) throw wrong('a number in it is not finite');
  return {
    features,
    target: root.text('target'),
    ...(weighted && { sampleWeight: root.text('sampleWeight') }),
    folds,
    scale: root.flag('scale'),
    fitIntercept: root.flag('fitIntercept'),
    alphas: root.numbers('alphas'),
    scoring: root.oneOf('scoring', SCORINGS),
    min: root.numbers('min', p),
    max: root.numbers('max', p),
    states: readFolds(body, p + 1, counts, weighted),
  };
}

function readFolds(
  body: Float64Array,
  q: number,
  counts: readonly { chunks: number; tailRows: number }[],
  weighted: boolean,
): FoldState[] {
  let at = 0;
  return counts.map(({ chunks, tailRows }) => {
    const nodes = levels(chunks).map((level) => {
      const rows = FACTOR_ROWS * 2 ** level;
      const weight = weighted ? body[at++]! : rows;
      const mean = body.slice(at, (at += q));
      const r = new Float64Array(q * q);
      for (let i = 0; i < q; i++) r.set(body.subarray(at, (at += q - i)), i * q + i);
      return { rows, weight, mean, r };
    });
    const columns = q + (weighted ? 1 : 0);
    const tail = new Float64Array(columns * FACTOR_ROWS);
    for (let j = 0; j < columns; j++) tail.set(body.subarray(at, (at += tailRows)), j * FACTOR_ROWS);
    return { chunks, nodes, tailRows, tail };
  });
}

function parse(line: Uint8Array, wrong: (what: string) => RidgelineError): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    if (isJsonObject(value)) return value;
  } catch {
    // Said below, in words.
  }
  throw wrong('it does not begin with a line of JSON');
}
