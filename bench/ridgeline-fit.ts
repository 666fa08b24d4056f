import { kernelThreads, RidgeCV, tableFromColumns } from 'ridgeline';
import { createCore, RidgeCV as ArrayRidgeCV, StandardScaler } from 'ridgeline/core';
import type { DesignMatrix } from './design-matrix.ts';
import type { Fit } from './fit.ts';

/** What is fitted: scaler, then ridge over 30 alphas by leave-one-out or over folds, then predictions of the same rows. */
export interface Job {
  readonly threads: number;
  readonly cv?: number | undefined;
}

export interface Ridgeline extends AsyncDisposable {
  readonly alphas: Float64Array;
  /** At how many alphas, or nodes in their place, a fit of these rows evaluates leave-one-out errors. */
  points(data: DesignMatrix): number;
  fit(data: DesignMatrix): Fit | Promise<Fit>;
}

/** Our side of every comparison, as built in `dist`: the job on columns in memory, copies in and out of the core included. */
export async function prepareRidgeline({ threads, cv }: Job): Promise<Ridgeline> {
  const core = await createCore();
  const alphas = core.logspace(-3, 1, 30);
  /** Kept from fit to fit: like numpy's, a warm fit takes no fresh pages (8 MB of them take a tenth of 1e6 x 8). */
  let preds = new Float64Array();
  const alone = { alphas, points, [Symbol.asyncDispose]: async () => {} };
  if (cv !== undefined) return { ...alone, fit: foldFit };
  if (threads === 1) return { ...alone, fit };
  const lent = await kernelThreads(threads);
  return { alphas, points, fit: fitTable, [Symbol.asyncDispose]: () => lent[Symbol.asyncDispose]() };

  function points({ p, columns, y }: DesignMatrix): number {
    const ridge = core.ridgeFit({ p, alphas, standardize: true });
    do ridge.push(columns, y);
    while (ridge.next() && ridge.job.pass !== 'sweep');
    return (ridge.job.pass === 'sweep' && ridge.job.nodes.length) || alphas.length;
  }

  function fit({ p, columns, y }: DesignMatrix): Fit {
    const ridge = core.ridgeFit({ p, alphas, standardize: true });
    do ridge.push(columns, y);
    while (ridge.next());
    // On the columns as they are: scikit-learn has standardised ones at hand, we do not make them.
    const { alpha, bestScore, coefRaw, interceptRaw } = ridge.finish();
    if (preds.length !== y.length) preds = new Float64Array(y.length);
    core.predict({ coef: coefRaw, intercept: interceptRaw }, columns, preds);
    return { alpha, score: bestScore!, preds };
  }

  function foldFit({ columns, y }: DesignMatrix): Fit {
    const standardised = new StandardScaler(core).fit(columns).transform(columns);
    const model = new ArrayRidgeCV(core, { alphas, cv: cv! }).fit(standardised, y);
    return { alpha: model.alpha, score: model.bestScore!, preds: model.predict(standardised) };
  }

  async function fitTable({ columns, y }: DesignMatrix): Promise<Fit> {
    const table = tableFromColumns({ ...Object.fromEntries(columns.map((values, j) => [`x${j}`, values])), y });
    const model = await new RidgeCV({ target: 'y', alphas, standardize: true }).fit(table);
    const preds = await model.predict(table).column('preds');
    return { alpha: model.alpha, score: model.bestScore!, preds };
  }
}
