import type { RidgeModelArtifact } from '../contracts/model.ts';
import { scalingOf } from '../core/transformers/index.ts';

/** What scripts read; arrays over columns follow `features`. `mean` and `scale` are null without a scaler. */
export function fitJson(artifact: RidgeModelArtifact): object {
  const { target, sampleWeight, features, n, chain, alpha, alphas, mse, scoring, scores, bestScore, coef, intercept } =
    artifact;
  const { coefRaw, interceptRaw, warnings, cv, folds } = artifact;
  const scaler = chain.findLast((state) => state.type === 'StandardScaler');
  const { mean, scale } = scaler ? scalingOf(scaler, features) : {};
  const scaling = { mean: mean ? Array.from(mean) : null, scale: scale ? Array.from(scale) : null };
  const fitted = {
    alpha,
    alphas,
    mse,
    ...(scoring && { scoring, scores }),
    bestScore,
    coef,
    intercept,
    coefRaw,
    interceptRaw,
    cv,
    ...(folds && { folds }),
    warnings,
  };
  return { target, ...(sampleWeight !== undefined && { sampleWeight }), features, n, ...scaling, ...fitted };
}
