export { dag } from './dag.ts';
export type { DagOptions } from './dag.ts';
export { dataset } from './dataset.ts';
export type { Dataset, DatasetOptions } from './dataset.ts';
export { refuseLoops } from './loops.ts';
export { all, any, cron, datasetNames } from './schedule.ts';
export type { Cron, DatasetCondition, ScheduleOption } from './schedule.ts';
export { upstreamOf } from './steps.ts';
export type { BranchRef, Builder, Condition, OptionalRef, TaskRef } from './task.ts';
