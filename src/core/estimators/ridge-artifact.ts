import { MODEL_FORMAT } from '../../contracts/model.ts';
import type { RidgeModelArtifact, TransformerState } from '../../contracts/model.ts';
import { restrictChain } from '../chain.ts';
import type { Core } from '../core.ts';
import { rawCoefficients } from '../raw-coefficients.ts';
import type { RidgeResult } from '../ridge-fit.ts';

/** What a result does not say of its model; optional ones may be undefined. */
type About = Pick<RidgeModelArtifact, 'features' | 'target' | 'chain' | 'fitIntercept' | 'min' | 'max'> & {
  readonly [K in 'sampleWeight' | 'scoring' | 'r2' | 'folds' | 'intervals' | 'source']:
    | RidgeModelArtifact[K]
    | undefined;
};

/**
 * The artifact of a fitted ridge regression.
 *
 * @param beneath transformers of the columns as they were pushed into the fit
 */
export function ridgeArtifact(
  core: Core,
  result: RidgeResult,
  about: About,
  beneath: readonly TransformerState[],
): RidgeModelArtifact {
  const { features, target, sampleWeight, chain, fitIntercept, scoring, r2, folds, intervals, source } = about;
  return {
    format: MODEL_FORMAT,
    type: 'RidgeCV',
    coreVersion: core.version,
    features,
    target,
    ...(sampleWeight !== undefined && { sampleWeight }),
    n: result.n,
    chain,
    fitIntercept,
    alpha: result.alpha,
    alphas: [...result.alphas],
    mse: [...result.mse],
    ...(scoring && { scoring, scores: Array.from(result.scores, positiveZero) }),
    bestScore: result.bestScore,
    ...(r2 !== undefined && { r2 }),
    cv: result.bestScore === null ? 'none' : folds ? 'k-fold' : 'leave-one-out',
    ...(folds && { folds }),
    coef: Array.from(result.coef, positiveZero),
    intercept: positiveZero(result.intercept),
    ...rawCoefficients(features, restrictChain(beneath, features), result.coefRaw, result.interceptRaw),
    min: about.min.map(positiveZero),
    max: about.max.map(positiveZero),
    warnings: result.warnings,
    ...(intervals && { intervals }),
    ...(source && { source }),
  };
}

/** JSON has no negative zero. */
const positiveZero = (value: number): number => value + 0;
