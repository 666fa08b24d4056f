export { openCommitLog } from './commit-log.ts';
export type { Environment } from './environment.ts';
export { openStore } from './open-store.ts';
