export { openEngine } from './engine.ts';
export type { Engine, EngineOptions, StartOptions } from './engine.ts';
export type { GarbageOptions, GarbageReport } from './steering/collect-garbage.ts';
export type { SchedulerAtWork } from './state/scheduler-lock.ts';
export type { Runner } from './runner/runner.ts';
export type * from './views.ts';
export type { ServeOptions } from './runner/serve.ts';
export type { ExternalPublish } from './steering/publish.ts';
export type { InboxView, ProducerView, WhyView } from './steering/why.ts';
