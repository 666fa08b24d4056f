export { openEngine } from './engine.ts';
export type { Engine, EngineOptions, StartOptions } from './engine.ts';
export type { Runner, RunReport } from './runner/runner.ts';
export type * from './views.ts';
