import { createCore } from 'ridgeline/core';
import type { DesignMatrix } from './design-matrix.ts';
import type { Fit } from './fit.ts';

/** Our side of every comparison, as built in `dist`: the job on plain columns, copies in and out of the core included. */
export async function prepareRidgeline(): Promise<{ alphas: Float64Array; fit: (data: DesignMatrix) => Fit }> {
  const core = await createCore();
  const alphas = core.logspace(-3, 1, 30);
  const fit = ({ p, columns, y }: DesignMatrix): Fit => {
    const ridge = core.ridgeFit({ p, alphas, standardize: true });
    do ridge.push(columns, y);
    while (ridge.next());
    const { alpha, bestScore, coef, intercept } = ridge.finish();
    const preds = core.predict({ ...ridge.scaler, coef, intercept }, columns);
    return { alpha, score: bestScore!, preds };
  };
  return { alphas, fit };
}
