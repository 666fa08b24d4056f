export { openCommitLog } from './commit-log.ts';
export { openStore } from './open-store.ts';
