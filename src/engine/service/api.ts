import type { ErrorInfo } from '../../contracts/errors.ts';
import type { DagView, DatasetView, RunView, TaskLogLine, VersionView } from '../views.ts';
import type { WhyView } from '../steering/why.ts';

/**
 * The HTTP interface of `ridgeline up`: what each route answers with, as JSON. Names in a path are percent-encoded.
 *
 * `GET /api/events` is a stream of `EngineEvent`s (`text/event-stream`), and starts with what happens next.
 * `POST …/versions` takes a file as its body, `text/csv`, `application/vnd.apache.parquet` or `application/json`, and an
 * `Idempotency-Key`; every other POST takes JSON, `{}` for nothing to say. Lists are newest first where time orders them.
 *
 * Errors are `ApiError`: 400 a request that makes no sense, 401, 403, 415 and 421 refused, 404 no such thing, 409 not now,
 * 422 data that is not what it must be, 503 the store is away.
 */
export interface Api {
  'GET /api/health': HealthView;
  'GET /api/dags': { readonly dags: readonly DagView[] };
  'GET /api/dags/:dag': DagView;
  'GET /api/dags/:dag/why': WhyView;
  /** Body: `{ params? }`. */
  'POST /api/dags/:dag/trigger': RunView;
  'POST /api/dags/:dag/pause': { readonly changed: boolean };
  'POST /api/dags/:dag/resume': { readonly changed: boolean; readonly skipped: number };
  /** `?dag=`, `?limit=` (default 50). */
  'GET /api/runs': { readonly runs: readonly RunView[] };
  'GET /api/runs/:run': RunView;
  /** `?task=`. */
  'GET /api/runs/:run/logs': { readonly lines: readonly TaskLogLine[] };
  'POST /api/runs/:run/cancel': { readonly changed: boolean };
  /** Body: `{ from?, emit? }`. */
  'POST /api/runs/:run/rerun': RunView;
  'GET /api/datasets': { readonly datasets: readonly DatasetView[] };
  'GET /api/datasets/:dataset/versions': { readonly versions: readonly VersionView[] };
  'GET /api/datasets/:dataset/versions/:version': VersionView;
  /** `fresh` is false when the key had published it before. */
  'POST /api/datasets/:dataset/versions': { readonly version: number; readonly fresh: boolean };
  /** Body: `{ dag? }`. */
  'POST /api/datasets/:dataset/versions/:version/replay': { readonly runs: readonly RunView[] };
}

export interface HealthView {
  readonly state: 'active' | 'draining';
  readonly version: string;
  readonly home: string;
  readonly store: string;
  readonly pid: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
}

export interface ApiError {
  readonly error: Omit<ErrorInfo, 'stack'>;
}
