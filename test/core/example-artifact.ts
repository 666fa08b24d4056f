import { MODEL_FORMAT } from '../../src/contracts/model.ts';
import type { RidgeModelArtifact, StandardScalerState } from '../../src/contracts/model.ts';

export const exampleScaler: StandardScalerState = {
  type: 'StandardScaler',
  columns: ['year', 'size'],
  nSamplesSeen: [50, 50],
  mean: [2000, 2],
  var: [25, 1],
  scale: [5, 1],
};

/** A model of three columns: `year` in 1990 … 2010, `size` in 0 … 4, both standardised, and `flag`, raw. */
export function exampleArtifact(change: Partial<RidgeModelArtifact> = {}): RidgeModelArtifact {
  return {
    format: MODEL_FORMAT,
    type: 'RidgeCV',
    coreVersion: '1.0',
    features: ['year', 'size', 'flag'],
    target: 'price',
    n: 50,
    chain: [exampleScaler],
    fitIntercept: true,
    alpha: 1,
    alphas: [0.1, 1, 10],
    mse: [3, 2, 4],
    bestScore: -2,
    cv: 'leave-one-out',
    coef: [1, 2, 3],
    intercept: 4,
    coefRaw: [0.2, 2, 3],
    interceptRaw: -400,
    min: [-2, -2, 0],
    max: [2, 2, 1],
    warnings: [],
    ...change,
  };
}
