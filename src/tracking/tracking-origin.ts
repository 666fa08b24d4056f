/** The attempt of a task that tracks. */
export interface TrackingOrigin {
  readonly run: string;
  readonly dag: string;
  readonly task: string;
  readonly mapIndex: number;
  readonly attempt: number;
  readonly pinned: Readonly<Record<string, { readonly version: number; readonly sha256: string }>>;
  readonly signal: AbortSignal;
  /** A name for the home, the same over restarts. */
  readonly owner: string;
  /** Of runs that name none. */
  readonly experiment: string;
}
