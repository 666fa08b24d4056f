/** The public API of `ridgeline`: what pipelines and programs import. `ridgeline/core` is the synchronous face over arrays. */
export { all, any, cron, dag, dataset } from './authoring/index.ts';
export { defineConfig } from './authoring/config.ts';
export type { RidgelineConfig } from './authoring/config.ts';
export type { Builder, Dataset, DatasetOptions, DagOptions, TaskRef } from './authoring/index.ts';
export type { TaskContext } from './contracts/context.ts';
export { RidgelineError } from './contracts/errors.ts';
export type { RidgeModelArtifact, StandardScalerState } from './contracts/model.ts';
export type { Batch, Field, SourceInfo, Table } from './contracts/table.ts';
export { RidgeCV } from './core/estimators/ridge-cv.ts';
export type { RidgeCVOptions } from './core/estimators/ridge-cv.ts';
export { StandardScaler } from './core/estimators/standard-scaler.ts';
export type { FittedStandardScaler, StandardScalerOptions } from './core/estimators/standard-scaler.ts';
export type { Evaluation } from './core/prediction-errors.ts';
export { RidgeModel } from './core/ridge-model.ts';
export type { PredictOptions } from './core/ridge-model.ts';
export { readTarMember } from './data/source/index.ts';
export { openPath, tableFromColumns } from './data/table/index.ts';
