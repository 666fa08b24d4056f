/** `ridgeline/testing`: a pipeline run inside a unit test. */
export { runInMemory } from './run-in-memory.ts';
export type { InMemoryOptions, InMemoryRun } from './run-in-memory.ts';
export type { PerformedTask } from './perform-tasks.ts';
