import type { RidgeModelArtifact } from '../contracts/model.ts';

/**
 * The order of the artifact's keys: what a reader wants to know first comes first, long arrays last.
 * Fixed, so that the same fit has the same bytes, and complete by type: a new key has to be placed here.
 */
const KEY_ORDER: Record<keyof RidgeModelArtifact, true> = {
  format: true,
  type: true,
  coreVersion: true,
  target: true,
  sampleWeight: true,
  features: true,
  n: true,
  dataset: true,
  source: true,
  fitIntercept: true,
  cv: true,
  folds: true,
  state: true,
  alpha: true,
  scoring: true,
  bestScore: true,
  r2: true,
  coef: true,
  intercept: true,
  coefRaw: true,
  interceptRaw: true,
  warnings: true,
  min: true,
  max: true,
  alphas: true,
  mse: true,
  scores: true,
  chain: true,
  intervals: true,
};

/** The artifact as JSON text: shortest round-trip numbers, keys in one order, one line per key. Read by `readModel`. */
export function writeModel(artifact: RidgeModelArtifact): string {
  const lines = (Object.keys(KEY_ORDER) as (keyof RidgeModelArtifact)[])
    .filter((key) => artifact[key] !== undefined)
    .map((key) => `  ${JSON.stringify(key)}: ${JSON.stringify(artifact[key])}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
