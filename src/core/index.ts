/** `ridgeline/core`: the numeric core over plain arrays, synchronous, in any JavaScript host. */
export { RidgelineError } from '../contracts/errors.ts';
export { FittedRidge, FittedStandardScaler, RidgeCV, StandardScaler } from './array-estimators.ts';
export type { RidgeCVOptions } from './array-estimators.ts';
export type { DenseMatrix, Matrix } from './array-input.ts';
export { Core } from './core.ts';
export type { Columns, LinearModel, Metrics, Scaling } from './core.ts';
export { createCore, createCoreSync } from './create-core.ts';
export type { Interval, IntervalMethod } from './interval-predict.ts';
export { compileCore, packagedCore } from './load.ts';
export type { CoreSource } from './load.ts';
export { RidgeFit } from './ridge-fit.ts';
export type { RidgeOptions, RidgeResult } from './ridge-fit.ts';
export { RidgePass } from './ridge-pass.ts';
export type { RidgeJob, RidgePart } from './ridge-pass.ts';
export { ScalerFit } from './scaler-fit.ts';
export type { FitOptions, ScalerResult } from './scaler-fit.ts';
