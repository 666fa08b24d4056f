export { measureClockSkew } from './clock-skew.ts';
export { openCommitLog } from './commit-log.ts';
export { createBucket, createBucketBeside } from './create-bucket.ts';
export type { Environment } from './environment.ts';
export { openStore } from './open-store.ts';
export { probeStore } from './probe-store.ts';
