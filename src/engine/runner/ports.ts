import type { Executor } from '../../contracts/executor.ts';
import type { CommitLog } from '../../contracts/log.ts';
import type { Clock } from '../../contracts/ports.ts';
import type { Database } from '../state/database.ts';
import type { LiveInstance, RunRecord } from '../state/run-tables.ts';
import type { EngineEvent } from '../views.ts';

/** Everything through which the runner has an effect: what the simulator replaces. */
export interface Ports {
  readonly db: Database;
  readonly homeId: string;
  readonly log: CommitLog;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: (event: EngineEvent) => void;
  /** How long a store that cannot be reached or is full is waited for before a run is given up as interrupted. */
  readonly patienceMs: number;
}

/** A run at work. */
export interface LiveRun extends RunRecord {
  readonly instances: Map<string, LiveInstance[]>;
  /** Aborted when the run is cancelled or the engine stops. */
  readonly aborter: AbortController;
  /** All tasks have ended; its own commit or end is being recorded. */
  ending: boolean;
}
