import { deepStrictEqual, ok } from 'node:assert/strict';
import { builds, fitRidge, fitScaler, relativeError } from '../../reference/core.ts';
import { RidgeCV } from '../../../src/core/index.ts';
import { RidgelineError } from '../../../src/contracts/errors.ts';
import { foldsInOrder } from '../../../src/core/fold-fit.ts';
import { seeded } from '../../reference/random.ts';
import { ridgeTwin } from '../../reference/ridge.ts';
import { dependentRest, inOtherUnits, randomProblem } from './problems.ts';
import type { Problem } from './problems.ts';

const { simd, scalar } = builds() as Record<'simd' | 'scalar', ReturnType<typeof builds>[string]>;
const ALPHAS = [1e-3, 0.05, 1, 30];

/** What must hold of a problem drawn from a seed. */
export interface Check {
  readonly name: string;
  /** It is done of every so many seeds: of those that can be divided by it. */
  readonly every: number;
  /** Seeds that once came out wrong, of hundreds of thousands: always gone through again. */
  readonly hard?: readonly number[];
  /** @throws what does not hold */
  readonly check: (seed: number) => void;
}

/** Rows that are interpolated lean on the weakest direction of columns as they are, in their own units. */
const tolerance = ({ x, y }: Problem): number => (y.length > x.length + 1 ? 1e-9 : 1e-7);

type Fitted = ReturnType<typeof fitRidge>;

function isFinite(fitted: Fitted): void {
  const numbers = [fitted.intercept, fitted.interceptRaw, ...fitted.coef, ...fitted.coefRaw, ...fitted.mse];
  ok(numbers.every(Number.isFinite), 'a fitted model is finite');
}

function agrees(fitted: Fitted, problem: Problem, bound = tolerance(problem), roots?: Float64Array) {
  const { x, y, fitIntercept } = problem;
  const twin = ridgeTwin(x, y, ALPHAS, fitIntercept, roots);
  // The twin forms squares too, in twice the digits: of two rows, 2e11 apart, it is a millionth off what they say by hand.
  const twinError = 1e-31 * Math.max(...x.map((column) => column.reduce((sum, value) => sum + value * value, 0)));
  const scale = y.reduce((sum, value) => sum + value * value, 0) / y.length;
  twin.forEach(({ mse }, i) => {
    const error = Math.abs(fitted.mse[i]! - mse);
    ok(
      error < (bound + twinError / ALPHAS[i]!) * mse + 1e-16 * scale,
      `mse ${i}: ${fitted.mse[i]}, the twin says ${mse}`,
    );
  });
  const chosen = twin.find(({ alpha }) => alpha === fitted.alpha)!;
  const expected = simd.predict({ coef: chosen.coef, intercept: chosen.intercept }, x);
  return { expected, predicted: simd.predict(fitted, x) };
}

function againstTwin(problem: Problem): void {
  const { x, y, fitIntercept } = problem;
  const options = { alphas: ALPHAS, fitIntercept };
  const fitted = fitRidge(simd, x, y, options);
  isFinite(fitted);
  deepStrictEqual(fitRidge(scalar, x, y, options), fitted, 'the same bits without SIMD');
  const { expected, predicted } = agrees(fitted, problem);
  predicted.forEach((value, i) => {
    ok(
      Math.abs(value - expected[i]!) < 1e-9 * (1 + Math.abs(value)),
      `row ${i}: ${value}, the twin says ${expected[i]}`,
    );
  });
}

function throughScaler(seed: number): void {
  const problem = randomProblem(seed);
  const { x, y } = problem;
  const { mean, scale } = fitScaler(simd, x);
  const fused = fitRidge(simd, x, y, { alphas: ALPHAS, mean, scale });
  const apart = fitRidge(simd, [...simd.transform(x, { mean, scale })], y, { alphas: ALPHAS });
  ok(relativeError(fused.mse, apart.mse) < tolerance(problem), `mse ${fused.mse} and ${apart.mse}`);
  if (fused.alpha !== apart.alpha) return; // two rows say the same of every alpha
  const shifted = (fitted: Fitted) => simd.predict({ ...fitted, mean, scale }, x).map((value) => value + 10);
  ok(relativeError(shifted(fused), shifted(apart)) < 1e-9, 'predictions');
}

const twice = (column: Float64Array) => Float64Array.of(...column, ...column);

function rowsTwice(seed: number): void {
  const { x, y, fitIntercept } = randomProblem(seed);
  const once = fitRidge(simd, x, y, { alphas: [0.5], fitIntercept });
  const double = fitRidge(simd, x.map(twice), twice(y), { alphas: [1], fitIntercept });
  const shifted = (fitted: Fitted) => simd.predict(fitted, x).map((value) => value + 10);
  ok(relativeError(shifted(double), shifted(once)) < 1e-9, 'predictions');
}

/** A scaler takes powers of 2 out again, and every bit stays. */
function unitsThroughScaler(seed: number): void {
  const { x, y, fitIntercept } = randomProblem(seed);
  const other = inOtherUnits(seed, 450);
  const standardised = (problem: Problem) =>
    fitRidge(simd, problem.x, problem.y, { alphas: ALPHAS, fitIntercept, ...fitScaler(simd, problem.x) });
  const fitted = standardised(other);
  const expected = standardised({ x, y, fitIntercept });
  const mse = fitted.mse.map((value) => value * 2 ** -other.yPower * 2 ** -other.yPower);
  deepStrictEqual([fitted.alpha, mse], [expected.alpha, expected.mse]);
}

function unitsAlone(seed: number): void {
  const problem = inOtherUnits(seed, 20);
  const fitted = fitOrRefuse(problem);
  // With columns that differ in length by more than digits of a double, it is said that some are lost.
  if (fitted && !fitted.warnings.includes('ILL_CONDITIONED')) agrees(fitted, problem);
}

function fitOrRefuse({ x, y, fitIntercept }: Problem, scaled = false): Fitted | undefined {
  try {
    const fitted = fitRidge(simd, x, y, { alphas: ALPHAS, fitIntercept, ...(scaled && fitScaler(simd, x)) });
    isFinite(fitted);
    return fitted;
  } catch (error) {
    if (!(error instanceof RidgelineError)) throw error;
    ok(error.position?.column !== undefined, `refused without a position: ${error.message}`);
    return undefined;
  }
}

/** Weights are squares, so that their roots are exact. */
function weighted(seed: number): void {
  const problem = randomProblem(seed);
  const { x, y, fitIntercept } = problem;
  const random = seeded(seed + 1e9);
  const roots = y.map(() => [0, 0.5, 1, 1, 1.5, 3][random.integer(6)]!);
  const row = random.integer(y.length);
  roots[row] = roots[(row + 1) % y.length] = 1;
  const fit = simd.ridgeFit({ p: x.length, alphas: ALPHAS, fitIntercept, weighted: true });
  do {
    fit.push(
      x,
      y,
      roots.map((root) => root * root),
    );
  } while (fit.next());
  const fitted = fit.finish();
  isFinite(fitted);
  agrees(fitted, problem, tolerance(problem), roots);
}

/** A model for each fold on the rows outside it, which predicts those inside. */
function throughFolds(problem: Problem, seed: number): void {
  const { x, y, fitIntercept } = problem;
  const random = seeded(seed + 2e9);
  const cv = 2 + random.integer(Math.min(4, y.length - 1));
  const foldOf = foldsInOrder(y.length, cv);
  const weighted = random.uniform() < 0.3;
  const starts = (i: number) => i === 0 || foldOf(i) !== foldOf(i - 1);
  const roots = y.map((_, i) => (weighted && !starts(i) ? [0, 0.5, 1, 1.5, 3][random.integer(5)]! : 1));
  const weights = roots.map((root) => root * root);
  const estimator = new RidgeCV(simd, { alphas: ALPHAS, cv, fitIntercept, scoring: 'neg_mean_squared_error' });
  const { result } = estimator.fit(x, y, weighted ? weights : undefined);
  isFinite(result);
  const expected = ALPHAS.map(() => 0);
  for (let fold = 0; fold < cv; fold++) {
    const of = (inside: boolean) => (column: Float64Array) => column.filter((_, i) => (foldOf(i) === fold) === inside);
    const [rest, own] = [of(false), of(true)];
    const held = { x: x.map(own), y: own(y), weights: own(weights) };
    const total = held.weights.reduce((sum, weight) => sum + weight);
    ridgeTwin(x.map(rest), rest(y), ALPHAS, fitIntercept, rest(roots)).forEach((model, a) => {
      const squares = simd.predict(model, held.x).map((value, i) => held.weights[i]! * (value - held.y[i]!) ** 2);
      expected[a]! += squares.reduce((sum, square) => sum + square) / total / cv;
    });
  }
  const scale = y.reduce((sum, value) => sum + value * value, 0) / y.length;
  expected.forEach((mse, a) => {
    const error = Math.abs(-result.scores[a]! - mse);
    // QR is exact to the last digits of a column's length, 1e3 here and there, in each of its rows.
    ok(error <= 1e-9 * mse + 1e-15 * scale, `mse ${a}: ${-result.scores[a]!}, the twin says ${mse}`);
  });
  const [model] = ridgeTwin(x, y, [result.alpha], fitIntercept, roots);
  const predicted = simd.predict(result, x);
  simd.predict(model!, x).forEach((value, i) => {
    ok(
      Math.abs(predicted[i]! - value) < 1e-9 * (1 + Math.abs(value)),
      `row ${i}: ${predicted[i]}, the twin says ${value}`,
    );
  });
}

/** Narrow problems. */
const HARD = [
  491,
  3051,
  6434, // a column 1e6 times as far from 0 as it is wide: its mean needs more than a double
  4005, // interpolated rows, one of them 1e4 times as long as the others
  21308,
  31363, // interpolated rows, and an alpha larger than all singular values
  13650,
  24531,
  32370,
  36626,
  57827,
  59287, // a row along a column that is 1e5 times as long as another
  26866,
  30663, // errors 1e6 times smaller than the target: alpha nodes have not their digits
  4001188, // a direction that shrinks to nothing under rotations
  421873, // a column of one row, set aside late: the rest had one pass left, and that with a shift
  360102,
  851714, // a target fitted to three digits, and a row of leverage 0.99 that has most of the error
];

export const CHECKS: readonly Check[] = [
  {
    name: 'a narrow problem agrees with the twin, has the same bits without SIMD, and is finite',
    every: 1,
    hard: HARD,
    check: (seed) => againstTwin(randomProblem(seed)),
  },
  {
    name: 'a wide problem agrees with the twin, has the same bits without SIMD, and is finite',
    every: 30,
    hard: [87720, 225480, 928380], // a target fitted to three digits, and a row of leverage 0.99
    check: (seed) => againstTwin(randomProblem(seed, true)),
  },
  {
    name: 'rows set aside that leave dependent columns agree with the twin',
    every: 3,
    hard: [1897, 2097, 2644, 3559, 4077], // one allowance of passes for both factors
    check(seed) {
      const problem = dependentRest(seed);
      const { x, y, fitIntercept } = problem;
      agrees(fitRidge(simd, x, y, { alphas: ALPHAS, fitIntercept }), problem, 1e-9);
    },
  },
  {
    name: 'raw columns seen through a scaler are those columns standardised',
    every: 5,
    hard: HARD,
    check: throughScaler,
  },
  { name: 'every row twice and alpha doubled is the same model', every: 10, check: rowsTwice },
  {
    name: 'columns in other units, through a scaler, have the bits of those in the first',
    every: 10,
    check: unitsThroughScaler,
  },
  {
    name: 'columns in other units agree with the twin, or digits are said to be lost',
    every: 5,
    hard: [
      331010, // two rows: the twin, not the fit, has lost digits
      1025005,
      2000048,
      2000932,
      2062180, // a row set aside along a column 1e9 times as long as another
      118450,
      284280,
      524775,
      575055, // a long column that is constant without the rows set aside
      86540,
      713950, // what rounding leaves of a direction without the row set aside decides its error
      60620, // the same, of a direction that only rows set aside share
    ],
    check: unitsAlone,
  },
  {
    name: 'up to the ends of what a double holds a fit is finite, or refused by its column',
    every: 5,
    hard: [37, 118, 298, 1011465, 1023585, 1031725, 4037905], // no alpha node can be told from another; squares that overflow about 0 alone
    check(seed) {
      fitOrRefuse(inOtherUnits(seed, 1070), seed % 10 === 0);
    },
  },
  {
    name: 'rows with weights agree with the twin',
    every: 5,
    hard: [
      339410,
      6250220, // a row set aside that moves the mean 1e6 standard deviations of the others
    ],
    check: weighted,
  },
  {
    name: 'folds agree with the twin',
    every: 5,
    check: (seed) => throughFolds(randomProblem(seed), seed),
  },
  {
    name: 'folds of a wide problem agree with the twin',
    every: 60,
    check: (seed) => throughFolds(randomProblem(seed, true), seed),
  },
  {
    name: 'folds that leave out rows some columns consist of agree with the twin',
    every: 10,
    hard: [58090, 6310300], // errors 1e4 times smaller than the target
    check: (seed) => throughFolds(dependentRest(seed), seed),
  },
];
