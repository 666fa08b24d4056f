export { openTracking } from './local-tracking.ts';
export { createMlflowClient } from './mlflow-client.ts';
export type { TrackingOrigin } from './tracking-origin.ts';
export { syncTracking } from './sync.ts';
export type { SyncReport } from './sync.ts';
