export type { AdoptedFile } from './messages.ts';
export { createThreadExecutor } from './thread-executor.ts';
export type { ThreadExecutor, ThreadExecutorOptions } from './thread-executor.ts';
