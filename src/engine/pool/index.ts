export { createThreadExecutor } from './thread-executor.ts';
export type { ThreadExecutorOptions } from './thread-executor.ts';
