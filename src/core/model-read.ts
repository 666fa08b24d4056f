import { RidgelineError } from '../contracts/errors.ts';
import { MODEL_FORMAT } from '../contracts/model.ts';
import type { DatasetVersionRef, LeaveOneOutIntervals, RidgeModelArtifact } from '../contracts/model.ts';
import type { SourceInfo } from '../contracts/table.ts';
import { JACKKNIFE_VALUES } from './interval-fit.ts';
import { describeJson, isJsonObject, JsonFields } from './json-fields.ts';
import { SCORINGS } from './scoring.ts';
import { readTransformer } from './transformers/index.ts';

/**
 * Reads a model artifact written by `writeModel`; every field is checked, and loading it runs no code.
 *
 * @param text the artifact's JSON
 * @param name how messages name it: a path or a store key
 * @throws {RidgelineError} NOT_A_MODEL when it is something else or damaged; NEWER_MODEL for a later format.
 */
export function readModel(text: string, name: string): RidgeModelArtifact {
  const root = new JsonFields(parse(text, name), (what) => notAModel(name, what));
  checkFormat(root, name);
  const features = root.texts('features');
  const p = features.length;
  const n = root.count('n');
  const alphas = root.numbers('alphas');
  if (p === 0) throw notAModel(name, '"features" must name at least one column, got none');
  if (alphas.length === 0) throw notAModel(name, '"alphas" must hold at least one value, got none');
  const mse = root.numbers('mse');
  if (mse.length !== 0 && mse.length !== alphas.length) {
    throw notAModel(name, `"mse" must have one value per alpha (${alphas.length}), got ${mse.length}`);
  }
  const cv = root.oneOf('cv', ['leave-one-out', 'k-fold', 'none']);
  return {
    format: MODEL_FORMAT,
    type: 'RidgeCV',
    coreVersion: root.text('coreVersion'),
    features,
    target: root.text('target'),
    ...(root.has('sampleWeight') && { sampleWeight: root.text('sampleWeight') }),
    n,
    chain: root.objects('chain').map(readTransformer),
    fitIntercept: root.flag('fitIntercept'),
    alpha: root.number('alpha'),
    alphas,
    mse,
    ...(root.has('scoring') && {
      scoring: root.oneOf('scoring', SCORINGS),
      scores: root.numbers('scores', alphas.length),
    }),
    bestScore: root.isNull('bestScore') ? null : root.number('bestScore'),
    ...(root.has('r2') && { r2: root.number('r2') }),
    cv,
    ...(root.has('folds') && { folds: readFolds(root.object('folds')) }),
    ...(root.has('state') && { state: readState(root.object('state')) }),
    coef: root.numbers('coef', p),
    intercept: root.number('intercept'),
    coefRaw: root.numbers('coefRaw', p),
    interceptRaw: root.number('interceptRaw'),
    min: root.numbers('min', p),
    max: root.numbers('max', p),
    warnings: root.texts('warnings'),
    ...(root.has('intervals') && {
      intervals: readIntervals(root.object('intervals'), n, p, root.has('sampleWeight')),
    }),
    ...(root.has('dataset') && { dataset: readDataset(root.object('dataset')) }),
    ...(root.has('source') && { source: readSource(root.object('source')) }),
  };
}

/** @param weighted rows of weight 0 have no residual */
function readIntervals(fields: JsonFields, n: number, p: number, weighted: boolean): LeaveOneOutIntervals {
  const most = Math.min(n, JACKKNIFE_VALUES);
  const jackknife = fields.numbers('jackknife', weighted ? undefined : most);
  const { length } = jackknife;
  if (length === 0 || length > most) throw fields.wrong('jackknife', `an array of 1 to ${most} numbers`, length);
  const wrong = jackknife.findIndex((value, i) => value < (jackknife[i - 1] ?? 0));
  if (wrong >= 0) throw fields.wrong(`jackknife[${wrong}]`, 'at least 0 and the value before it', jackknife[wrong]);
  const rows = fields.has('rows') ? fields.count('rows') : undefined;
  if (rows !== undefined && (rows < length || rows > n)) throw fields.wrong('rows', `from ${length} to ${n}`, rows);
  const kept = { jackknife, ...(rows !== undefined && { rows }) };
  if (!fields.has('jackknifePlus')) return kept;
  const plus = fields.object('jackknifePlus');
  // Below JACKKNIFE_VALUES rows the list has all of them.
  const unknown = weighted && length === JACKKNIFE_VALUES;
  const residual = plus.numbers('residual', rows ?? (unknown ? undefined : weighted ? length : n));
  const count = residual.length;
  const negative = residual.findIndex((value) => value < 0);
  if (negative >= 0) throw plus.wrong(`residual[${negative}]`, 'at least 0', residual[negative]);
  return {
    ...kept,
    jackknifePlus: { residual, intercept: plus.numbers('intercept', count), coef: plus.numbers('coef', count * p) },
  };
}

function readFolds(fields: JsonFields): NonNullable<RidgeModelArtifact['folds']> {
  return { count: fields.count('count'), rows: fields.oneOf('rows', ['in-order', 'by-hash']) };
}

function readState(fields: JsonFields): NonNullable<RidgeModelArtifact['state']> {
  const file = fields.text('file');
  if (!/^[^/\\]+\.state$/.test(file)) throw fields.wrong('file', 'the name of a .state file beside the model', file);
  return { file, sha256: fields.text('sha256') };
}

function readDataset(fields: JsonFields): DatasetVersionRef {
  return { name: fields.text('name'), version: fields.count('version'), sha256: fields.text('sha256') };
}

function readSource(fields: JsonFields): SourceInfo {
  return { name: fields.text('name'), synthetic: fields.flag('synthetic'), sha256: fields.text('sha256') };
}

function parse(text: string, name: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notAModel(name, `expected JSON, got ${JSON.stringify(text.slice(0, 24))}`, error);
  }
  if (!isJsonObject(value)) throw notAModel(name, `expected a JSON object, got ${describeJson(value)}`);
  return value;
}

function checkFormat(root: JsonFields, name: string): void {
  const format = root.values['format'];
  if (format === MODEL_FORMAT) return;
  if (typeof format === 'string' && /^ridgeline\.model\/\d+$/.test(format)) {
    throw new RidgelineError('NEWER_MODEL', 'content', `${name}: expected format ${MODEL_FORMAT}, got ${format}`, {
      remedy: 'a newer release wrote this model: update ridgeline, or fit the model again with this one',
      position: { file: name },
    });
  }
  throw notAModel(name, `expected "format": "${MODEL_FORMAT}", got ${describeJson(format)}`);
}

function notAModel(name: string, what: string, cause?: unknown): RidgelineError {
  return new RidgelineError('NOT_A_MODEL', 'content', `${name} is not a model: ${what}`, {
    remedy: 'give the model.json that `ridgeline fit --out` wrote, or the model key that `ridgeline run` printed',
    position: { file: name },
    cause,
  });
}
