export { openEngine } from './engine.ts';
export type { Engine, EngineOptions, Runner, RunReport, StartOptions } from './engine.ts';
export type * from './views.ts';
