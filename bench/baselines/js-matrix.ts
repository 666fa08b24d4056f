import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { DesignMatrix } from '../design-matrix.ts';
import type { Fit } from '../fit.ts';

/**
 * The best that the JavaScript peers allow: none has leave-one-out ridge, so the same algorithm as ours on ml-matrix,
 * its products and its eigen decomposition, with plain loops over its rows between them.
 */
export function fitWithMlMatrix({ n, p, columns, y }: DesignMatrix, alphas: Float64Array): Fit {
  const x = Matrix.zeros(n, p);
  for (const [j, column] of columns.entries()) {
    let mean = 0;
    for (const value of column) mean += value / n;
    let variance = 0;
    for (const value of column) variance += (value - mean) ** 2 / n;
    const scale = variance > 0 ? Math.sqrt(variance) : 1;
    for (let i = 0; i < n; i++) x.set(i, j, (column[i]! - mean) / scale);
  }
  let yMean = 0;
  for (const value of y) yMean += value / n;
  const yc = Matrix.columnVector(Array.from(y, (value) => value - yMean));

  const xt = x.transpose();
  const eigen = new EigenvalueDecomposition(xt.mmul(x), { assumeSymmetric: true });
  const s2 = eigen.realEigenvalues;
  const v = eigen.eigenvectorMatrix;
  const z = x.mmul(v);
  const g = v.transpose().mmul(xt.mmul(yc)).getColumn(0);

  const shrink = new Matrix(p, alphas.length);
  const weights = new Matrix(p, alphas.length);
  for (let k = 0; k < p; k++) {
    for (const [a, alpha] of alphas.entries()) {
      shrink.set(k, a, 1 / (s2[k]! + alpha));
      weights.set(k, a, g[k]! / (s2[k]! + alpha));
    }
  }
  const fitted = z.mmul(weights);
  const leverage = Matrix.mul(z, z).mmul(shrink);
  const sse = new Float64Array(alphas.length);
  for (let i = 0; i < n; i++) {
    const residual = yc.get(i, 0);
    for (let a = 0; a < alphas.length; a++) {
      sse[a]! += ((residual - fitted.get(i, a)) / (1 - 1 / n - leverage.get(i, a))) ** 2;
    }
  }
  const best = sse.indexOf(Math.min(...sse));
  const coef = v.mmul(weights.getColumnVector(best));
  const preds = x.mmul(coef).getColumn(0);
  return { alpha: alphas[best]!, score: -sse[best]! / n, preds: preds.map((z) => z + yMean) };
}
